"""`tickcast publisher`: one publisher process."""

from pathlib import Path
from typing import Annotated, Any

import typer


def publisher(
    redis_url: Annotated[str | None, typer.Option(help="Redis to write to; also REDIS_URL.")] = None,
    redis_password_file: Annotated[
        Path | None, typer.Option(help="File that holds the password for Redis.")
    ] = None,
    partitions: Annotated[int | None, typer.Option(help="Partitions of the feed.")] = None,
    source: Annotated[str | None, typer.Option(help="simulated, replay, stdin, or one of your own.")] = None,
    symbols: Annotated[int | None, typer.Option(help="Symbols to simulate.")] = None,
    rate: Annotated[float | None, typer.Option(help="Ticks a second over all symbols.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, to repeat a simulation.")] = None,
    file: Annotated[str | None, typer.Option(help="Recording to replay.")] = None,
    speed: Annotated[str | None, typer.Option(help="Times the recorded pace, or max.")] = None,
    loop: Annotated[
        bool | None, typer.Option("--loop/--no-loop", help="Begin again at the recording's end.")
    ] = None,
    retention: Annotated[float | None, typer.Option(help="Seconds that Redis keeps the log.")] = None,
    retention_bytes: Annotated[int | None, typer.Option(help="Bytes of a partition's log, at most.")] = None,
    bars: Annotated[
        bool | None, typer.Option("--bars/--no-bars", help="Form bars of a second and a minute.")
    ] = None,
    bars_bytes: Annotated[int | None, typer.Option(help="Bytes of all bars in Redis, at most.")] = None,
    lease: Annotated[float | None, typer.Option(help="Seconds that leadership lasts unrenewed.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="console or json.")] = None,
    metrics_host: Annotated[str | None, typer.Option(help="Address of the metrics port.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port for Prometheus.")] = None,
) -> None:
    """Run one publisher: a source in, Redis out. Of several, one leads and the others stand by.

    Every option is also a variable, TICKCAST_ and its name; an option overrides it.
    """
    flags: dict[str, Any] = dict(locals())
    from cli.settings import load_settings
    from publisher.settings import PublisherSettings

    settings = load_settings(PublisherSettings, flags)
    from publisher.program import run

    run(settings)
