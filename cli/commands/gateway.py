"""`tickcast gateway`: one gateway process."""

from typing import Annotated, Any

import typer

from tickcast.cli.options import Debug, Feed, LogFormat, LogLevel, Partitions, RedisPasswordFile


def gateway(
    redis_url: Annotated[str | None, typer.Option(help="Redis to follow; also REDIS_URL.")] = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
    partitions: Partitions = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    reuse_port: Annotated[
        bool | None, typer.Option("--reuse-port/--no-reuse-port", help="Share the port with other gateways.")
    ] = None,
    private_port: Annotated[
        int | None, typer.Option(help="A second port, on 127.0.0.1, for this gateway alone.")
    ] = None,
    gateway_id: Annotated[str | None, typer.Option(help="Name in hello and in the log.")] = None,
    ring_seconds: Annotated[float | None, typer.Option(help="How far back a client can resume, s.")] = None,
    ring_bytes: Annotated[int | None, typer.Option(help="Memory for recent events, bytes.")] = None,
    max_connections: Annotated[int | None, typer.Option(help="Streams, at most.")] = None,
    max_symbols: Annotated[int | None, typer.Option(help="Symbols a stream may name, at most.")] = None,
    stream_bytes: Annotated[int | None, typer.Option(help="Memory for all streams, bytes.")] = None,
    trusted_proxies: Annotated[
        str | None, typer.Option(help="Networks of proxies that say where a client comes from.")
    ] = None,
    compress: Annotated[
        bool | None, typer.Option("--compress/--no-compress", help="Compress for clients that accept it.")
    ] = None,
    max_lag: Annotated[
        int | None, typer.Option(help="Age of the newest batch or heartbeat in a live feed, ms.")
    ] = None,
    heartbeat: Annotated[int | None, typer.Option(help="Silence before a heartbeat, ms.")] = None,
    max_age: Annotated[float | None, typer.Option(help="Seconds that a stream lives, at most.")] = None,
    stall: Annotated[
        float | None, typer.Option(help="Seconds without progress before the gateway cuts a stream.")
    ] = None,
    drain: Annotated[
        float | None, typer.Option(help="Seconds in which all streams close at shutdown.")
    ] = None,
    rest_above: Annotated[
        float | None, typer.Option(help="Busy share of the event loop above which rounds rest, in percent.")
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
