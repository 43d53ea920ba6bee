"""What a new leader of partitions does first: it goes on with what the last one left in Redis."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from tickcast.publisher.bars.flow import BarFlow
from tickcast.publisher.left_behind import drop_ended_log
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.recovery import last_ticks, stored_instruments, stored_states
from tickcast.publisher.sequencer import Sequencer
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick

AT_ONCE = 16
"""Partitions taken over at a time: one after the other is slow, and the answers for all are late."""

T = TypeVar("T")


def restore(pipeline: Pipeline, sequencer: Sequencer, partitions: int) -> dict[str, tuple[Tick, int]]:
    """Go on with the numbers of a claimed partition; return its newest ticks and their `q` by symbol."""
    found = {each[0].symbol: each for each in last_ticks(pipeline.writer, partitions)}
    for symbol, (_, q) in found.items():
        sequencer.restore(symbol, q)
    sequencer.restore_instruments(stored_instruments(pipeline.writer))
    sequencer.restore_states(stored_states(pipeline.writer))
    return found


async def recover(pipeline: Pipeline, bars: BarFlow, found: Mapping[str, tuple[Tick, int]]) -> None:
    """Form the bars of a claimed partition up to its newest ticks, as `restore` has found them."""
    await bars.recover(pipeline, found)
    await drop_ended_log(pipeline.writer)


async def describe(pipeline: Pipeline, instruments: list[Instrument], sequencer: Sequencer) -> None:
    """Write the instruments with which a source describes its symbols, those of a claimed partition."""
    partition = pipeline.writer.partition
    if own := [each for each in instruments if sequencer.partition_of(each.symbol) == partition]:
        await pipeline.writer.write_instruments(own)


async def for_each(items: Iterable[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Await `work` of every item, of AT_ONCE at a time. Where one fails the others end too."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with turns:
            await work(item)

    tasks = [asyncio.create_task(one(item)) for item in items]
    try:
        await asyncio.gather(*tasks)
    finally:
        await end_tasks(tasks)
