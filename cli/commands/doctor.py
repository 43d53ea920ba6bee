"""`tickcast doctor`: what is wrong with an installation, and how it is mended."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from tickcast.cli.options import (
    ControlPasswordFile,
    ControlUrl,
    Feed,
    RedisCaFile,
    RedisCertFile,
    RedisKeyFile,
    RedisPasswordFile,
    RedisUrl,
    SentinelPasswordFile,
    SentinelUser,
)
from tickcast.cli.report_output import print_drawn, print_json


def doctor(
    url: Annotated[
        str | None, typer.Argument(help="Where clients reach Tickcast [default: http://127.0.0.1:8080].")
    ] = None,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    redis_cert_file: RedisCertFile = None,
    redis_key_file: RedisKeyFile = None,
    sentinel_user: SentinelUser = None,
    sentinel_password_file: SentinelPasswordFile = None,
    feed: Feed = None,
    control_url: ControlUrl = None,
    control_password_file: ControlPasswordFile = None,
    token_file: Annotated[
        Path | None, typer.Option(help="File with a token, if the gateways want one.")
    ] = None,
    cacert: Annotated[
        Path | None, typer.Option(help="CAs of the certificate of the address, PEM [default: the system's].")
    ] = None,
    published_at: Annotated[
        str | None,
        typer.Option(help="Address at which others reach it, if the doctor has another way."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    shows_all: Annotated[bool, typer.Option("--all", help="Show what is right, too.")] = False,
) -> None:
    """Say in plain words what is wrong with an installation. It says how to mend it, and changes nothing.

    Exit code 0: no fault was found. 1: there are faults. 2: a setting or flag will not do. What could not
    be checked is listed with the reason, and is no fault.

    \b
    tickcast doctor
    tickcast doctor https://prices.example --redis-url redis://operator@redis:6379/0 --json
    """
    flags: dict[str, Any] = {
        name: value for name, value in locals().items() if name not in ("as_json", "shows_all")
    }
    import asyncio

    from tickcast.cli.doctor.examination import examine
    from tickcast.cli.doctor.report import drawn
    from tickcast.cli.doctor.settings import DoctorSettings
    from tickcast.cli.settings import load_settings
    from tickcast.runtime.errors import UserError
    from tickcast.runtime.urls import shown_url

    settings = load_settings(DoctorSettings, flags).with_redis_of_up()
    if sys.stderr.isatty():
        print(f"looking at {shown_url(settings.url)} for some twelve seconds …", file=sys.stderr)
    try:
        report = asyncio.run(examine(settings))
    except KeyboardInterrupt:
        raise UserError("stopped before the end", 130) from None
    if as_json:
        print_json(report.as_dict())
    else:
        print_drawn(drawn(report, shows_all))
    if not report.is_healthy:
        raise typer.Exit(1)
