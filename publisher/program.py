"""The publisher process: wires its parts, stands by for the lease, and leads when it has it."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from tickcast.publisher.bars.retention import BarRetention
from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import Lease
from tickcast.publisher.log_retention import LogRetention
from tickcast.publisher.metrics import serve_metrics
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.recovery import PartitionsChangedError
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import Source, SourceError, SourceOptions, load_source
from tickcast.publisher.stats import Stats
from tickcast.publisher.term import Ending, Term
from tickcast.publisher.writer import Writer
from tickcast.runtime.logs import configure_logging
from tickcast.runtime.redis.errors import LinkDownError, LinkError, LinkRefusedError
from tickcast.wire.tick import Tick

STANDBY_PAUSE = 0.5
"""Seconds between two tries for the lease. With a lease of 2 s, a dead leader is replaced within 3 s."""

_log = structlog.get_logger()


def run(settings: PublisherSettings) -> None:
    """Publish until SIGTERM, SIGINT or the end of the source.

    Raises SystemExit, with one line, for errors that the user can correct.
    """
    configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(_run(settings))
    except (SourceError, LinkRefusedError, PartitionsChangedError) as error:
        raise SystemExit(f"tickcast publisher: {error}") from None


async def _run(settings: PublisherSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stats, broker = Stats(), Broker(settings.redis_url, settings.redis_password_file)
    try:
        with serve_metrics(settings.metrics_host, settings.metrics_port, stats, broker):
            await publish(settings, broker, stats, stop)
    finally:
        await broker.close()


async def publish(settings: PublisherSettings, broker: Broker, stats: Stats, stop: asyncio.Event) -> None:
    """Stand by, lead, and stand by again if deposed, until `stop` is set or the source ends.

    Raises SourceError, LinkRefusedError, PartitionsChangedError.
    """
    make_source = source_maker(settings)
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    lease = Lease(broker, holder, settings.lease)
    while not stop.is_set():
        fence = await _stand_by(broker, lease, stop)
        if fence is None:
            return
        pipelines = [
            Pipeline(Writer(broker, each, fence, _retention(settings), lease.renew, stats, settings.source))
            for each in range(settings.partitions)
        ]
        stats.leader = True
        try:
            ending = await Term(
                pipelines,
                lease,
                make_source,
                stats,
                BarRetention(settings.bars_bytes) if settings.bars else None,
            ).run(stop)
        finally:
            stats.leader = False
            with suppress(LinkError):
                await lease.release()
        _log.info("no longer leading", reason=ending.value, ticks=stats.ticks)
        if ending is not Ending.DEPOSED:
            return


async def _stand_by(broker: Broker, lease: Lease, stop: asyncio.Event) -> int | None:
    """Return the fencing token when this publisher leads, or None when `stop` is set."""
    _log.info("standing by")
    failing = False
    while not stop.is_set():
        try:
            fence = await lease.acquire()
        except LinkDownError as error:
            if not failing:
                broker.complain(error)
            failing = True
        else:
            failing = False
            if fence is not None:
                return fence
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STANDBY_PAUSE)
    return None


def source_maker(settings: PublisherSettings) -> Callable[[dict[str, Tick]], Source]:
    """Return a function that makes the source from the newest tick of each symbol. Raises SourceError."""
    make_source = partial(_make_source, settings, load_source(settings.source))
    # Make a source before the first term too, so that a standby with wrong options fails at once.
    make_source({})
    return make_source


def _make_source(
    settings: PublisherSettings, factory: Callable[[SourceOptions], Source], last: dict[str, Tick]
) -> Source:
    return factory(
        SourceOptions(
            symbols=settings.symbols,
            rate=settings.rate,
            seed=settings.seed,
            file=settings.file,
            speed=settings.pace,
            loop=settings.loop,
            last=last,
        )
    )


def _retention(settings: PublisherSettings) -> LogRetention:
    return LogRetention(settings.retention, settings.retention_bytes)
