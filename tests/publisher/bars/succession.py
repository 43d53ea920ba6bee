"""Publishers that follow one another: what they are given, how one ends, and the bars that it leaves."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.publisher.bars.plain_bars import decoded
from tests.publisher.conftest import Publishing
from tests.support.eventually import eventually
from tickcast.wire.batch import Batch
from tickcast.wire.tick import Tick

Start = Callable[..., Publishing]
START = 1_795_384_800_000_000


def quotes(*seconds: float, symbol: str = "AAPL") -> list[Tick]:
    """Return ticks that repeat one trade, each with another bid."""
    return [Tick(symbol, START + round(at * 1e6), "7.50", "5", bid=f"{at + 1}") for at in seconds]


async def give(publisher: Publishing, *lists: list[Tick]) -> None:
    """Hand over lists of ticks, each in a batch of its own."""
    for ticks in lists:
        count = publisher.stats.ticks + len(ticks)
        publisher.source.queue.put_nowait(ticks)
        await eventually(lambda count=count: publisher.stats.ticks == count)


async def die(publisher: Publishing) -> None:
    """End a publisher in the midst of its work: what waits is not written."""
    publisher.task.cancel()
    with suppress(asyncio.CancelledError):
        await publisher.task


async def finished(publisher: Publishing) -> None:
    publisher.source.queue.put_nowait(None)
    await publisher.task


def newest(batches: list[Batch], interval: str) -> Any:
    return [decoded(bar) for batch in batches for key, bar in batch.bars if key.endswith(interval.encode())][
        -1
    ]
