"""The queue in front of the writer of one partition: bounded, in order, cut into batches.

The size of batches adapts to the load. An idle writer takes a chunk at once. While it writes, chunks
gather, and the next batch has all of them.
"""

import asyncio
from collections import deque

from tickcast.publisher.bars.forming import BATCH_BARS
from tickcast.publisher.sequencer import Chunk
from tickcast.wire.bounds import MAX_BATCH_TICKS

BATCH_BYTES = 1024 * 1024
"""Bytes in a batch, at most, unless one chunk is larger; readers accept four times as many."""

MAX_PENDING = 4 * MAX_BATCH_TICKS
"""Ticks and bars in a full queue. Then the source waits: nothing is dropped, and memory stays bounded."""


class Batcher:
    """A bounded queue of chunks with one producer and one consumer."""

    def __init__(self) -> None:
        self.pending = 0
        """Number of ticks in the queue."""
        self._waiting = 0  # ticks and bars in the queue
        self._chunks: deque[Chunk] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    @property
    def empty(self) -> bool:
        """True if the queue is empty."""
        return not self._chunks

    async def put(self, chunk: Chunk) -> None:
        """Append a chunk; while the queue is full, wait first."""
        await self._room.wait()
        self._chunks.append(chunk)
        self.pending += len(chunk.ticks)
        self._waiting += len(chunk.ticks) + len(chunk.bars)
        self._filled.set()
        if self._waiting >= MAX_PENDING:
            self._room.clear()

    async def take(self, timeout: float) -> Chunk | None:
        """Return the next batch; None if the queue stays empty for `timeout` seconds."""
        if not self._chunks:
            try:
                async with asyncio.timeout(timeout):
                    await self._filled.wait()
            except TimeoutError:
                return None
        taken: list[Chunk] = []
        ticks = bars = size = 0
        while self._chunks:
            chunk = self._chunks[0]
            ticks += len(chunk.ticks)
            bars += len(chunk.bars)
            size += len(chunk.lines) + len(chunk.bar_lines)
            if taken and (ticks > MAX_BATCH_TICKS or bars > BATCH_BARS or size > BATCH_BYTES):
                break
            taken.append(self._chunks.popleft())
        self.pending -= sum(len(chunk.ticks) for chunk in taken)
        self._waiting -= sum(len(chunk.ticks) + len(chunk.bars) for chunk in taken)
        if not self._chunks:
            self._filled.clear()
        if self._waiting < MAX_PENDING:
            self._room.set()
        return taken[0] if len(taken) == 1 else _merge(taken)


def _merge(chunks: list[Chunk]) -> Chunk:
    return Chunk(
        [tick for chunk in chunks for tick in chunk.ticks],
        b"".join([chunk.lines for chunk in chunks]),
        [instrument for chunk in chunks for instrument in chunk.instruments],
        [bar for chunk in chunks for bar in chunk.bars],
        b"".join([chunk.bar_lines for chunk in chunks]),
    )
