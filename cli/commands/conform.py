"""`tickcast conform`: whether a server, or a client, keeps to docs/protocol.md."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tickcast.cli.options import CaCert, Insecure, TokenFile
from tickcast.cli.report_output import print_drawn, print_json
from tickcast.runtime.errors import UserError

if TYPE_CHECKING:
    from tickcast.cli.conform.outcome import Report


def conform(
    url: Annotated[str, typer.Argument(help="Where the routes begin.")] = "http://127.0.0.1:8080",
    symbols: Annotated[
        str, typer.Option(help="Comma list to follow [default: 20 with the newest ticks].")
    ] = "",
    seconds: Annotated[float, typer.Option(min=0.5, max=60, help="How long a check waits for ticks.")] = 10.0,
    token_file: TokenFile = None,
    origin: Annotated[
        str, typer.Option(help="An origin that the server lists, to check CORS [default: none].")
    ] = "",
    cacert: CaCert = None,
    insecure: Insecure = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Make this check alone; may be given several times.")
    ] = None,
    serve: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            metavar="PORT",
            help="Check a client instead: play scripts to one that connects here; 0 takes any free port.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    shows_all: Annotated[bool, typer.Option("--all", help="Show what is kept, too.")] = False,
) -> None:
    """Check whether a server keeps to the protocol of streams. With --serve it checks a client.

    Exit code 0: no deviation was found. 1: there are some, or nothing could be checked. 2: a flag will not
    do, or nobody answers. It changes nothing but streams of its own.

    \b
    tickcast conform --all
    tickcast conform https://prices.example/prices --token token.txt --json
    tickcast conform --serve 8099        # and let a client follow http://127.0.0.1:8099
    """
    import asyncio

    if serve is not None:
        _print(_client_report(serve), as_json, shows_all)
        return
    from tickcast.cli.conform.server_run import all_checks, check_server
    from tickcast.cli.doctor.settings import DoctorSettings
    from tickcast.cli.settings import load_settings
    from tickcast.cli.token_file import token_of_flag
    from tickcast.cli.trust import context_of, tls_of_flags

    settings = load_settings(DoctorSettings, {"url": url, "token_file": token_file, "cacert": cacert})
    token_of_flag(token_file, insecure)
    # A variable may be meant for others too; what a flag says has to make sense here.
    proves = settings.url.startswith("https://") and not insecure
    tls = tls_of_flags(settings.url, settings.cacert if proves else cacert, insecure) or context_of(None)
    if unknown := {*(only or ())} - {each.name for each in all_checks()}:
        names = ", ".join(each.name for each in all_checks())
        raise UserError(f"--only: {', '.join(sorted(unknown))} is no check; there are {names}", 2)
    shows_progress = sys.stderr.isatty()

    def begun(name: str) -> None:
        if shows_progress:
            print(f"\x1b[2K{name} …", end="\r", file=sys.stderr, flush=True)

    try:
        report = asyncio.run(
            check_server(
                settings.url, tls=tls, token="" if insecure else settings.token, origin=origin,
                symbols=[each.strip() for each in symbols.split(",") if each.strip()], seconds=seconds,
                only=only or (), begun=begun,
            )
        )  # fmt: skip
    except KeyboardInterrupt:
        raise UserError("stopped before the end", 130) from None
    finally:
        if shows_progress:
            print("\x1b[2K", end="\r", file=sys.stderr)
    _print(report, as_json, shows_all)


def _client_report(port: int) -> "Report":
    import asyncio

    from tickcast.cli.conform.client_run import check_client

    def listening(url: str) -> None:
        print(f"waiting for a client at {url}/v1/stream", file=sys.stderr, flush=True)

    try:
        return asyncio.run(check_client("127.0.0.1", port, within=300, listening=listening))
    except OSError as error:
        raise UserError(f"--serve: {error.strerror or error}", 2) from None
    except KeyboardInterrupt:
        raise UserError("stopped before the end", 130) from None


def _print(report: "Report", as_json: bool, shows_all: bool) -> None:
    from tickcast.cli.conform.outcome import drawn

    if as_json:
        print_json(report.as_dict())
    else:
        print_drawn(drawn(report, shows_all))
    if not report.conforms:
        raise typer.Exit(1)
