"""The delayer process: a publisher whose source is another feed, some time ago."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.delay.held_reader import HeldReader
from tickcast.publisher.delay.settings import DelayerSettings
from tickcast.publisher.metrics import serve_metrics
from tickcast.publisher.program import broker_of, publish, run_until_stopped
from tickcast.publisher.shape import Shape, shape_of
from tickcast.publisher.source import Source, SourceOptions
from tickcast.publisher.stats import Stats
from tickcast.wire.names import FeedNames
from tickcast.wire.tick import Tick

LOOK_AGAIN = 1.0
"""Seconds between two looks for a feed that is not there yet."""

_log = structlog.get_logger()


class DelayedSource:
    """Says that the ticks come from another feed. They wait in the inbox, so it yields nothing itself."""

    reads_inbox = True

    def __init__(self, settings: DelayerSettings, shape: Shape) -> None:
        self.reader = partial(HeldReader, settings.names, shape, settings.delay, settings.delay_bytes)

    async def __aiter__(self) -> AsyncIterator[list[Tick]]:
        await asyncio.Event().wait()
        yield []


def delayed(settings: DelayerSettings, shape: Shape, options: SourceOptions) -> Source:
    """Return the source of a delayer; no option concerns it."""
    return DelayedSource(settings, shape)


def run(settings: DelayerSettings) -> None:
    """Delay a feed until SIGTERM or SIGINT.

    Prints one line and raises SystemExit(BAD_SETTINGS) for errors that the user can correct.
    """
    run_until_stopped("tickcast delayer", settings, lambda stop: _run(settings, stop))


async def _run(settings: DelayerSettings, stop: asyncio.Event) -> None:
    own, stats = settings.as_publisher(), Stats()
    broker = broker_of(own, settings.delayed_names)
    try:
        with serve_metrics(settings.metrics_host, settings.metrics_port, stats, broker):
            if (shape := await _awaited_shape(broker, settings.names, stop)) is not None:
                _log.info(
                    "delaying a feed", feed=settings.feed, into=own.feed, minutes=settings.delay_minutes
                )
                await delay(settings, shape, broker, stats, stop)
    finally:
        await broker.close()


async def delay(
    settings: DelayerSettings, shape: Shape, broker: Broker, stats: Stats, stop: asyncio.Event
) -> None:
    """Stand by and lead, whatever falls to this delayer, until `stop` is set.

    `shape` is that of the feed, `broker` that of the delayed one. Raises LinkRefusedError, ShapeError.
    """
    factory = partial(delayed, settings, shape)
    factory.shared = True  # type: ignore[attr-defined]
    await publish(settings.as_publisher(shape), broker, stats, stop, factory)


async def _awaited_shape(broker: Broker, names: FeedNames, stop: asyncio.Event) -> Shape | None:
    """Return the shape of the feed as soon as there is one; None if it is time to stop."""
    told = False
    while (shape := await shape_of(broker, names)) is None:
        if not told:
            told = True
            _log.warning("waiting for the feed: Redis has none of this name", feed=names.feed)
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await stop.wait()
        except TimeoutError:
            continue
        return None
    return shape
