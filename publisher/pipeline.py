"""One partition's way to Redis: what waits, and the task that writes it and sends heartbeats."""

import asyncio
import time

from tickcast.publisher.batcher import Batcher
from tickcast.publisher.sequencer import Chunk
from tickcast.publisher.writer import Writer

HEARTBEAT = 1.0
"""Seconds between heartbeats; readers call the feed stale after three missed."""


class Pipeline:
    """A writer with its queue. Ticks and bars go in with `put`; `run` writes them."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._batcher = Batcher()
        self._writing = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """Ticks that Redis does not have yet."""
        return self._batcher.pending + self._writing

    async def put(self, chunk: Chunk) -> None:
        """Hand over ticks and bars; waits while too many wait already."""
        await self._batcher.put(chunk)
        self._idle.clear()

    async def flushed(self) -> None:
        """Wait until Redis has everything handed over, or `run` has ended."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled. Raises DeposedError, LinkRefusedError.

        A batch that hangs holds up the heartbeat, on purpose: a feed that cannot be written
        is stale, and its readers are to notice.
        """
        try:
            await self._run()
        finally:
            # Nobody is to wait for a writer that has ended; what it left is `pending`.
            self._idle.set()

    async def _run(self) -> None:
        due = time.monotonic()
        while True:
            if time.monotonic() >= due:
                await self.writer.heartbeat()
                due = time.monotonic() + HEARTBEAT
            chunk = await self._batcher.take(max(0.0, due - time.monotonic()))
            if chunk is None:
                continue
            self._writing = len(chunk.ticks)
            await self.writer.publish(chunk)
            self._writing = 0
            if self._batcher.empty:
                self._idle.set()
