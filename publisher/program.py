"""The publisher process: wires its parts and runs until it is stopped or its source ends."""

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from itertools import count

import structlog

from tickcast.publisher.bars.retention import BarRetention
from tickcast.publisher.broker import Broker
from tickcast.publisher.http.server import serve_hand_in
from tickcast.publisher.leadership import ALL, Leadership
from tickcast.publisher.lease import Lease
from tickcast.publisher.log_retention import LogRetention
from tickcast.publisher.members import Members
from tickcast.publisher.metrics import serve_metrics
from tickcast.publisher.orders import Orders
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.redis_memory import watch_memory
from tickcast.publisher.retirement import RetirementRules
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.shape import Shape, ShapeError, verify_shape
from tickcast.publisher.source import (
    Source,
    SourceError,
    SourceFactory,
    SourceMaker,
    SourceOptions,
    is_shared,
    load_source,
)
from tickcast.publisher.source_options import warn_of_ignored
from tickcast.publisher.stats import Stats
from tickcast.publisher.term import Term
from tickcast.publisher.writer import Writer
from tickcast.runtime.core_dumps import keep_memory_out
from tickcast.runtime.errors import refuse_settings
from tickcast.runtime.logs import configure_logging
from tickcast.runtime.redis.errors import LinkError, LinkRefusedError
from tickcast.runtime.settings import ProgramSettings
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.names import OLD_META, FeedNames
from tickcast.wire.tick import Tick

_log = structlog.get_logger()


def run(settings: PublisherSettings) -> None:
    """Publish until SIGTERM, SIGINT or the end of the source.

    Prints one line and raises SystemExit(BAD_SETTINGS) for errors that the user can correct.
    """
    run_until_stopped("tickcast publisher", settings, lambda stop: _run(settings, stop))


def run_until_stopped(
    program: str, settings: ProgramSettings, work: Callable[[asyncio.Event], Awaitable[None]]
) -> None:
    """Do `work`, which gets an event that SIGTERM and SIGINT set.

    Prints one line and raises SystemExit(BAD_SETTINGS) for errors that the user can correct.
    """
    configure_logging(settings.log_level, settings.log_format)
    keep_memory_out()

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await work(stop)

    try:
        asyncio.run(until_stopped())
    except LinkRefusedError as error:
        refuse_settings(f"{program}: {error}; {error.hint}")
    except (SourceError, ShapeError) as error:
        refuse_settings(f"{program}: {error}")


async def _run(settings: PublisherSettings, stop: asyncio.Event) -> None:
    stats = Stats()
    broker = broker_of(settings)
    try:
        with serve_metrics(settings.metrics_host, settings.metrics_port, stats, broker):
            async with serve_hand_in(settings, broker, stats):
                await publish(settings, broker, stats, stop)
    finally:
        await broker.close()


def broker_of(settings: PublisherSettings, names: FeedNames | None = None) -> Broker:
    """Return the broker of a feed; without `names` of that of the settings. Raises LinkRefusedError."""
    return Broker(
        settings.redis_url,
        settings.redis_password_file,
        names=names or settings.names,
        security=settings.link_security,
    )


async def publish(
    settings: PublisherSettings,
    broker: Broker,
    stats: Stats,
    stop: asyncio.Event,
    factory: SourceFactory | None = None,
) -> None:
    """Stand by and lead, whatever falls to this publisher, until `stop` is set or the source ends.

    `factory` makes the sources; None: that of the settings.

    Raises SourceError, LinkRefusedError, ShapeError.
    """
    factory = factory or load_source(settings.source)
    warn_of_ignored(settings, factory)
    make_source, name, every = source_maker(settings, factory), _own_name(), range(settings.partitions)
    shape = Shape(settings.partitions, settings.symbol_case)
    stats.partitions, stats.source = len(every), settings.source
    members = None
    leases = {Lease(broker, name + ALL, settings.lease): every}
    if is_shared(factory):
        # Publishers of another shape stand by as those of another source do.
        members = Members(broker, name, " ".join(map(str, (settings.source, *shape))))
        leases = {Lease(broker, name, settings.lease, each): range(each, each + 1) for each in every}

    def make_term(taken: Sequence[Lease]) -> Term:
        held = {lease: _pipelines(settings, broker, stats, lease, leases[lease]) for lease in taken}
        led = sum(map(len, held.values()))
        bars = BarRetention(settings.bars_bytes * led // len(every)) if settings.bars else None
        return Term(
            held,
            len(every),
            make_source,
            stats,
            bars,
            settings.max_ahead,
            settings.symbol_case,
            RetirementRules(settings.retire_after, settings.retire_grace),
            Orders(broker, settings.symbol_case),
            settings.stale_after,
        )

    async def look_around() -> None:
        await _say_what_is_old(broker)
        await verify_shape(broker, shape)

    watching = asyncio.create_task(watch_memory(broker, len(every), stats))
    try:
        await Leadership(broker, list(leases), members, make_term, stats, look_around).run(stop)
    finally:
        await end_tasks([watching])


def _own_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _pipelines(
    settings: PublisherSettings, broker: Broker, stats: Stats, lease: Lease, partitions: Iterable[int]
) -> dict[int, Pipeline]:
    shape = Shape(settings.partitions, settings.symbol_case)
    return {
        each: Pipeline(
            Writer(
                broker,
                each,
                lease.fence,
                _retention(settings),
                lease.renew,
                stats,
                settings.source,
                shape,
                lease.outbid,
            )
        )
        for each in partitions
    }


async def _say_what_is_old(broker: Broker) -> None:
    with suppress(LinkError):
        if await broker.read_hash(OLD_META):
            _log.warning(
                "redis holds a feed of an older Tickcast, whose keys nobody reads any more",
                hint="remove them: tickcast feeds remove --old",
            )


def source_maker(settings: PublisherSettings, factory: SourceFactory | None = None) -> SourceMaker:
    """Return a function that makes the source of a term. Raises SourceError if the source cannot run."""
    factory, terms = factory or load_source(settings.source), count(-1)  # the first is made as a trial

    def make(last: dict[str, Tick], leads: Callable[[str], bool]) -> Source:
        return factory(
            SourceOptions(
                symbols=settings.symbols if isinstance(settings.symbols, int) else 0,
                names=settings.named_symbols,
                rate=settings.rate,
                seed=settings.seed,
                file=settings.file,
                speed=settings.pace,
                loop=settings.loop,
                time_unit=settings.time_unit,
                nats_url=settings.nats_url,
                nats_subject=settings.nats_subject,
                kafka_servers=settings.kafka_servers,
                kafka_topic=settings.kafka_topic,
                kafka_group=settings.consumer_group,
                kafka_start=settings.kafka_start,
                kafka_security_file=settings.kafka_security_file,
                exchange_url=settings.exchange_url,
                exchange_quiet=settings.exchange_quiet,
                max_ahead=settings.max_ahead,
                symbol_case=settings.symbol_case,
                again=next(terms) > 0,
                leads=leads,
                last=last,
            )
        )

    # Make a source before the first term too, so that a standby with wrong options fails at once.
    make({}, lambda symbol: True)
    return make


def _retention(settings: PublisherSettings) -> LogRetention:
    return LogRetention(settings.retention, settings.retention_bytes)
