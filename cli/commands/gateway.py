"""`tickcast gateway`: one gateway process."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tickcast.cli.options import (
    AuthAudience,
    AuthIssuer,
    AuthKeys,
    ControlPasswordFile,
    ControlUrl,
    Debug,
    Feed,
    LogFormat,
    LogLevel,
    Partitions,
    RedisCaFile,
    RedisCertFile,
    RedisKeyFile,
    RedisPasswordFile,
    RedisUrl,
    SentinelPasswordFile,
    SentinelUser,
)


def gateway(
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    redis_cert_file: RedisCertFile = None,
    redis_key_file: RedisKeyFile = None,
    sentinel_user: SentinelUser = None,
    sentinel_password_file: SentinelPasswordFile = None,
    feed: Feed = None,
    partitions: Partitions = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [default: 8080].")] = None,
    reuse_port: Annotated[
        bool | None,
        typer.Option(
            "--reuse-port/--no-reuse-port", help="Share the port with other gateways [default: no]."
        ),
    ] = None,
    private_host: Annotated[
        str | None, typer.Option(help="Address of the private port [default: 127.0.0.1].")
    ] = None,
    private_port: Annotated[
        int | None,
        typer.Option(
            help="A port of this gateway alone, for metrics and the operator's page [default: none]."
        ),
    ] = None,
    gateway_id: Annotated[
        str | None, typer.Option(help="Name in hello and in the log [default: gw- and eight random digits].")
    ] = None,
    cluster_key_file: Annotated[
        Path | None, typer.Option(help="File with the key that all gateways of the feed share.")
    ] = None,
    control_url: ControlUrl = None,
    control_password_file: ControlPasswordFile = None,
    ring_seconds: Annotated[
        float | None, typer.Option(help="How far back a client can resume, s [default: 60].")
    ] = None,
    ring_bytes: Annotated[
        int | None, typer.Option(help="Memory for recent events, bytes [default: 256 MiB].")
    ] = None,
    max_connections: Annotated[int | None, typer.Option(help="Streams, at most [default: 20000].")] = None,
    max_symbols: Annotated[
        int | None, typer.Option(help="Symbols a stream may name, at most [default: 1000].")
    ] = None,
    stream_bytes: Annotated[
        int | None, typer.Option(help="Memory for all streams, bytes [default: 128 MiB].")
    ] = None,
    work: Annotated[
        float | None,
        typer.Option(help="CPU time for requests of one address, ms in a second [default: 100]."),
    ] = None,
    trusted_proxies: Annotated[
        str | None,
        typer.Option(help="Networks of proxies that say where a client comes from [default: none]."),
    ] = None,
    allowed_hosts: Annotated[
        str | None, typer.Option(help="Names that requests may have in Host; else 421.")
    ] = None,
    delays: Annotated[
        str | None,
        typer.Option(help="Delayed feeds to serve too: their minutes, such as 15,60 [default: none]."),
    ] = None,
    cors_origins: Annotated[
        str | None,
        typer.Option(
            help="Origins whose pages may read this gateway, such as https://desk.example [default: none]."
        ),
    ] = None,
    auth_keys: AuthKeys = None,
    auth_issuer: AuthIssuer = None,
    auth_audience: AuthAudience = None,
    auth_parameter: Annotated[
        bool | None,
        typer.Option(
            "--auth-parameter/--no-auth-parameter", help="Take tokens from the query, too [default: no]."
        ),
    ] = None,
    compress: Annotated[
        bool | None,
        typer.Option("--compress/--no-compress", help="Compress for clients that accept it [default: yes]."),
    ] = None,
    max_lag: Annotated[
        int | None,
        typer.Option(help="Age of the newest batch or heartbeat in a live feed, ms [default: 3000]."),
    ] = None,
    heartbeat: Annotated[
        int | None, typer.Option(help="Silence before a heartbeat, ms [default: 5000].")
    ] = None,
    max_age: Annotated[
        float | None, typer.Option(help="Seconds that a stream lives, at most [default: 86400].")
    ] = None,
    stall: Annotated[
        float | None,
        typer.Option(help="Seconds without progress before the gateway cuts a stream [default: 30]."),
    ] = None,
    drain: Annotated[
        float | None, typer.Option(help="Seconds in which all streams close at shutdown [default: 10].")
    ] = None,
    rest_above: Annotated[
        float | None,
        typer.Option(help="Busy share of the event loop above which rounds rest, in percent [default: 55]."),
    ] = None,
    debug: Debug = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
) -> None:
    """Run one gateway: Redis in, event streams out.

    Every option is also a variable, TICKCAST_ and its name; the option overrides the variable.
    """
    flags: dict[str, Any] = dict(locals())
    from tickcast.cli.settings import load_settings
    from tickcast.gateway.settings import GatewaySettings

    settings = load_settings(GatewaySettings, flags)
    from tickcast.gateway.program import run

    run(settings)
