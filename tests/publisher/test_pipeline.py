"""The queue before a writer, and when it counts as empty."""

import asyncio
from typing import cast

from tickcast.publisher.bars.forming import BATCH_BARS
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.writer import Writer


class SlowWriter:
    """Takes each batch when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Semaphore(0)
        self.bars = 0

    async def heartbeat(self) -> None:
        """Send nothing."""

    async def publish(self, chunk: Chunk) -> None:
        """Count the bars of a batch."""
        await self.let.acquire()
        self.bars += len(chunk.bars)


async def test_bars_that_wait_behind_the_last_tick_are_waited_for() -> None:
    writer = SlowWriter()
    pipeline = Pipeline(cast(Writer, writer))
    await pipeline.put(Chunk([(b"A", b"{}")], b""))
    for _ in range(3):
        await pipeline.put(Chunk([], b"", bars=[(b"A\t1s", b"{}")] * BATCH_BARS))
    running, flushed = asyncio.create_task(pipeline.run()), asyncio.create_task(pipeline.flushed())
    for batch in range(3):
        assert not flushed.done(), f"after {batch} batches"
        writer.let.release()
        await asyncio.sleep(0.01)
    await flushed
    assert writer.bars == 3 * BATCH_BARS
    running.cancel()
