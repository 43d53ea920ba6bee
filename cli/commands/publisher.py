"""`tickcast publisher`: one publisher process."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tickcast.cli.options import (
    AuthAudience,
    AuthIssuer,
    AuthKeys,
    Bars,
    BarsBytes,
    ExchangeQuiet,
    ExchangeUrl,
    Feed,
    File,
    Lease,
    LogFormat,
    LogLevel,
    Loop,
    MaxAhead,
    MetricsHost,
    MetricsPort,
    Partitions,
    Rate,
    RedisCaFile,
    RedisCertFile,
    RedisKeyFile,
    RedisPasswordFile,
    RedisUrl,
    Retention,
    RetentionBytes,
    Seed,
    SentinelPasswordFile,
    SentinelUser,
    Source,
    Speed,
    StaleAfter,
    SymbolCase,
    Symbols,
    TimeUnit,
)


def publisher(
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    redis_cert_file: RedisCertFile = None,
    redis_key_file: RedisKeyFile = None,
    sentinel_user: SentinelUser = None,
    sentinel_password_file: SentinelPasswordFile = None,
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
    nats_url: Annotated[
        str | None, typer.Option(help="NATS servers of the source nats [default: nats://127.0.0.1:4222].")
    ] = None,
    nats_subject: Annotated[
        str | None, typer.Option(help="Subject that the source nats reads [default: tickcast.>].")
    ] = None,
    kafka_servers: Annotated[
        str | None, typer.Option(help="Kafka brokers of the source kafka [default: 127.0.0.1:9092].")
    ] = None,
    kafka_topic: Annotated[
        str | None, typer.Option(help="Topic that the source kafka reads [default: tickcast].")
    ] = None,
    kafka_group: Annotated[
        str | None,
        typer.Option(
            help="Group under which Kafka keeps how far the topic was read [default: tickcast- and the feed]."
        ),
    ] = None,
    kafka_start: Annotated[
        str | None,
        typer.Option(
            help="Where to begin: newest or oldest if never read before; or always live [default: newest]."
        ),
    ] = None,
    kafka_security_file: Annotated[
        Path | None, typer.Option(help="File with TLS, user and password for Kafka.")
    ] = None,
    exchange_url: ExchangeUrl = None,
    exchange_quiet: ExchangeQuiet = None,
    max_ahead: MaxAhead = None,
    symbol_case: SymbolCase = None,
    retention: Retention = None,
    retention_bytes: RetentionBytes = None,
    bars: Bars = None,
    bars_bytes: BarsBytes = None,
    stale_after: StaleAfter = None,
    retire_after: Annotated[
        float | None,
        typer.Option(help="Seconds without a tick after which a symbol leaves; 0: never [default: 0]."),
    ] = None,
    retire_grace: Annotated[
        float | None, typer.Option(help="Seconds after which symbols of another source leave [default: 60].")
    ] = None,
    lease: Lease = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
    metrics_host: MetricsHost = None,
    metrics_port: MetricsPort = None,
    inbox_bytes: Annotated[
        int | None, typer.Option(help="Bytes of a partition's inbox, at most [default: 64 MiB].")
    ] = None,
    inbox_replicas: Annotated[
        int | None, typer.Option(help="Replicas of Redis that must have what is handed in [default: 0].")
    ] = None,
    hand_in_host: Annotated[
        str | None, typer.Option(help="Address of the port for ticks [default: 127.0.0.1].")
    ] = None,
    hand_in_port: Annotated[
        int | None, typer.Option(help="Port that takes ticks over HTTP [default: none].")
    ] = None,
    hand_in_secret_file: Annotated[
        str | None, typer.Option(help="File with the secret of that port.")
    ] = None,
    auth_keys: AuthKeys = None,
    auth_issuer: AuthIssuer = None,
    auth_audience: AuthAudience = None,
) -> None:
    """Run one publisher: a source in, Redis out. Of several, one leads and the others stand by.

    Every option is also a variable, TICKCAST_ and its name; the option overrides the variable.
    """
    flags: dict[str, Any] = dict(locals())
    from tickcast.cli.ignored_options import refuse_ignored
    from tickcast.cli.settings import load_settings
    from tickcast.publisher.settings import PublisherSettings

    settings = load_settings(PublisherSettings, flags)
    refuse_ignored(settings.source, flags)
    from tickcast.publisher.program import run

    run(settings)
