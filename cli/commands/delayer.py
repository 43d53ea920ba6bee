"""`tickcast delayer`: writes a feed again, some time later, as a feed of its own."""

from typing import Annotated, Any

import typer

from tickcast.cli.options import (
    Bars,
    BarsBytes,
    Feed,
    Lease,
    LogFormat,
    LogLevel,
    MetricsHost,
    MetricsPort,
    RedisCaFile,
    RedisCertFile,
    RedisKeyFile,
    RedisPasswordFile,
    RedisUrl,
    Retention,
    RetentionBytes,
    SentinelPasswordFile,
    SentinelUser,
)


def delayer(
    delay_minutes: Annotated[
        float | None, typer.Option("--minutes", help="Minutes by which the feed is delayed [default: 15].")
    ] = None,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    redis_cert_file: RedisCertFile = None,
    redis_key_file: RedisKeyFile = None,
    sentinel_user: SentinelUser = None,
    sentinel_password_file: SentinelPasswordFile = None,
    feed: Feed = None,
    delay_bytes: Annotated[
        int | None,
        typer.Option(help="Bytes of a partition that wait until they are due, at most [default: 256 MiB]."),
    ] = None,
    retention: Retention = None,
    retention_bytes: RetentionBytes = None,
    bars: Bars = None,
    bars_bytes: BarsBytes = None,
    lease: Lease = None,
    log_level: LogLevel = None,
    log_format: LogFormat = None,
    metrics_host: MetricsHost = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Write a feed again, some time later, as another feed. That of F is F-d15; several share its partitions.

    Every option is also a variable, TICKCAST_ and its name; that of --minutes is TICKCAST_DELAY_MINUTES.
    """
    flags: dict[str, Any] = dict(locals())
    from tickcast.cli.settings import load_settings
    from tickcast.publisher.delay.settings import DelayerSettings

    settings = load_settings(DelayerSettings, flags)
    from tickcast.publisher.delay.program import run

    run(settings)
