"""The queue in front of the writer of one partition: bounded, in order, cut into batches.

The size of batches adapts to the load. An idle writer takes a chunk at once. While it writes, chunks
gather, and the next batch has all of them.
"""

import asyncio
from collections import deque

from tickcast.publisher.bars.forming import BATCH_BARS
from tickcast.publisher.chunk import CHUNK_NOTICES, Chunk
from tickcast.publisher.inbox.step import merged_steps
from tickcast.wire.bounds import MAX_BATCH_TICKS

BATCH_BYTES = 1024 * 1024
"""Bytes in a batch, at most, unless one chunk is larger; readers accept four times as many."""

MAX_PENDING = 4 * MAX_BATCH_TICKS
"""Ticks, bars, instruments, notices and refused lines in a full queue.

Then the source waits: memory stays bounded.
"""


class Batcher:
    """A bounded queue of chunks with one producer and one consumer."""

    def __init__(self) -> None:
        self.pending = 0
        """Number of ticks in the queue."""
        self._waiting = 0  # what MAX_PENDING counts
        self._chunks: deque[Chunk] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = False

    @property
    def empty(self) -> bool:
        """True if the queue is empty."""
        return not self._chunks

    @property
    def has_room(self) -> bool:
        """Whether the queue is not full."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait while the queue is full."""
        await self._room.wait()

    async def put(self, chunk: Chunk) -> bool:
        """Append a chunk; while the queue is full, wait first. Return False if the queue is closed."""
        await self._room.wait()
        if self._closed:
            return False
        self._chunks.append(chunk)
        self.pending += len(chunk.ticks)
        self._waiting += _weight(chunk)
        self._filled.set()
        if self._waiting >= MAX_PENDING:
            self._room.clear()
        return True

    def close(self) -> None:
        """Take nothing more, for nobody will write it: who waits for room waits no longer."""
        self._closed = True
        self._room.set()

    def interrupt(self) -> None:
        """Let a waiting `take` return."""
        self._filled.set()

    async def take(self, timeout: float) -> Chunk | None:
        """Return the next batch; None if the queue stays empty for `timeout` seconds or until `interrupt`."""
        if not self._chunks:
            try:
                async with asyncio.timeout(timeout):
                    await self._filled.wait()
            except TimeoutError:
                return None
            if not self._chunks:
                self._filled.clear()
                return None
        taken: list[Chunk] = []
        ticks = bars = notices = size = 0
        while self._chunks:
            chunk = self._chunks[0]
            ticks += len(chunk.ticks)
            bars += len(chunk.bars)
            said, notices = notices, notices + len(chunk.notices)
            size += chunk.size
            if taken and (
                chunk.gap
                or ticks > MAX_BATCH_TICKS
                or bars > BATCH_BARS
                or size > BATCH_BYTES
                # In a batch notices come after all ticks and bars.
                or (said and (chunk.lines or chunk.bars or chunk.instruments or notices > CHUNK_NOTICES))
            ):
                break
            taken.append(self._chunks.popleft())
        self.pending -= sum(len(chunk.ticks) for chunk in taken)
        self._waiting -= sum(map(_weight, taken))
        if not self._chunks:
            self._filled.clear()
        if self._waiting < MAX_PENDING:
            self._room.set()
        return taken[0] if len(taken) == 1 else _merge(taken)


def _weight(chunk: Chunk) -> int:
    step = chunk.inbox
    inbox = 0 if step is None else 1 + len(step.rejects) + len(step.producers)
    return len(chunk.ticks) + len(chunk.bars) + len(chunk.instruments) + len(chunk.notices) + inbox


def _merge(chunks: list[Chunk]) -> Chunk:
    return Chunk(
        [tick for chunk in chunks for tick in chunk.ticks],
        b"".join([chunk.lines for chunk in chunks]),
        [instrument for chunk in chunks for instrument in chunk.instruments],
        [bar for chunk in chunks for bar in chunk.bars],
        b"".join([chunk.bar_lines for chunk in chunks]),
        [notice for chunk in chunks for notice in chunk.notices],
        b"".join([chunk.notice_lines for chunk in chunks]),
        merged_steps([chunk.inbox for chunk in chunks if chunk.inbox is not None]),
        chunks[0].gap,
        [call for chunk in chunks for call in chunk.after],
    )
