"""`tickcast publisher`: one publisher process."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tickcast.cli.options import (
    Feed,
    File,
    LogFormat,
    LogLevel,
    Loop,
    MaxAhead,
    Partitions,
    Rate,
    RedisPasswordFile,
    Seed,
    Source,
    Speed,
    SymbolCase,
    Symbols,
    TimeUnit,
)


def publisher(
    redis_url: Annotated[str | None, typer.Option(help="Redis to write to; also REDIS_URL.")] = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
    partitions: Partitions = None,
    source: Source = None,
    symbols: Symbols = None,
    rate: Rate = None,
    seed: Seed = None,
    file: File = None,
    speed: Speed = None,
    loop: Loop = None,
    time_unit: TimeUnit = None,
    nats_url: Annotated[str | None, typer.Option(help="NATS servers of the source nats.")] = None,
    nats_subject: Annotated[str | None, typer.Option(help="Subject that the source nats reads.")] = None,
    kafka_servers: Annotated[str | None, typer.Option(help="Kafka brokers of the source kafka.")] = None,
    kafka_topic: Annotated[str | None, typer.Option(help="Topic that the source kafka reads.")] = None,
    kafka_group: Annotated[
        str | None, typer.Option(help="Group under which Kafka keeps how far the topic was read.")
    ] = None,
    kafka_start: Annotated[
        str | None,
        typer.Option(help="Where to begin: newest or oldest if never read before; or always live."),
    ] = None,
    kafka_security_file: Annotated[
        Path | None, typer.Option(help="File with TLS, user and password for Kafka.")
    ] = None,
    max_ahead: MaxAhead = None,
    symbol_case: SymbolCase = None,
    retention: Annotated[float | None, typer.Option(help="Seconds that Redis keeps the log.")] = None,
    retention_bytes: Annotated[int | None, typer.Option(help="Bytes of a partition's log, at most.")] = None,
    bars: Annotated[
        bool | None, typer.Option("--bars/--no-bars", help="Form bars of a second and a minute.")
    ] = None,
    bars_bytes: Annotated[int | None, typer.Option(help="Bytes of all bars in Redis, at most.")] = None,
    retire_after: Annotated[
        float | None, typer.Option(help="Seconds without a tick after which a symbol leaves; 0: never.")
    ] = None,
    retire_grace: Annotated[
        float | None, typer.Option(help="Seconds after which symbols of another source leave.")
    ] = None,
    lease: Annotated[float | None, typer.Option(help="Seconds that leadership lasts unrenewed.")] = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
    metrics_host: Annotated[str | None, typer.Option(help="Address of the metrics port.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Port for Prometheus.")] = None,
    inbox_bytes: Annotated[int | None, typer.Option(help="Bytes of a partition's inbox, at most.")] = None,
    inbox_replicas: Annotated[
        int | None, typer.Option(help="Replicas of Redis that must have what is handed in.")
    ] = None,
    hand_in_host: Annotated[str | None, typer.Option(help="Address of the port for ticks.")] = None,
    hand_in_port: Annotated[int | None, typer.Option(help="Port that takes ticks over HTTP.")] = None,
    hand_in_secret_file: Annotated[
        str | None, typer.Option(help="File with the secret of that port.")
    ] = None,
) -> None:
    """Run one publisher: a source in, Redis out. Of several, one leads and the others stand by.

    Every option is also a variable, TICKCAST_ and its name; the option overrides the variable.
    """
    flags: dict[str, Any] = dict(locals())
    from tickcast.cli.settings import load_settings
    from tickcast.publisher.settings import PublisherSettings

    settings = load_settings(PublisherSettings, flags)
    from tickcast.publisher.program import run

    run(settings)
