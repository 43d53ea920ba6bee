"""The way of one partition to Redis: a queue, and the task that writes its batches and heartbeats."""

import asyncio
import time
from collections.abc import Callable

from tickcast.publisher.batcher import Batcher
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.writer import Writer

HEARTBEAT = 1.0
"""Seconds between heartbeats. Readers call the feed stale after three missed heartbeats."""


class Pipeline:
    """A writer with its queue: `put` queues ticks and bars, `run` writes them."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.is_fed: Callable[[], bool] = lambda: True
        """Tells whether readers may hear that the feed is alive; while it is not there are no heartbeats."""
        self._batcher = Batcher()
        self._writing = 0
        self._due = 0.0
        """When the next heartbeat is due, by time.monotonic."""
        self._idle = asyncio.Event()
        self._idle.set()

    def verify_now(self) -> None:
        """Send the next heartbeat at once, which verifies what Redis holds of this partition."""
        self._due = 0.0
        self._batcher.interrupt()

    @property
    def pending(self) -> int:
        """Number of ticks that are queued or being written."""
        return self._batcher.pending + self._writing

    @property
    def has_room(self) -> bool:
        """Whether a `put` now would not wait."""
        return self._batcher.has_room

    async def room(self) -> None:
        """Wait while the queue is full, so that a `put` soon after need not."""
        await self._batcher.room()

    async def put(self, chunk: Chunk) -> bool:
        """Queue ticks and bars; while the queue is full, wait first. Return False after `close`."""
        if not await self._batcher.put(chunk):
            return False
        self._idle.clear()
        return True

    def close(self) -> None:
        """Queue nothing more: another publisher writes this partition. Who waits for room waits no longer."""
        self._batcher.close()
        self._idle.set()

    async def flushed(self) -> None:
        """Wait until Redis has everything that was queued, or `run` has ended."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled. Raises DeposedError, LinkRefusedError.

        A batch that hangs delays the heartbeat, on purpose: a feed that cannot be written is stale, and
        readers notice it by the missing heartbeats.
        """
        try:
            await self._run()
        finally:
            # Release `flushed`: this writer has ended, and `pending` counts the ticks that it did not write.
            self._idle.set()

    async def _run(self) -> None:
        while True:
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + HEARTBEAT
                if self.is_fed():
                    await self.writer.heartbeat()
            chunk = await self._batcher.take(max(0.0, self._due - time.monotonic()))
            if chunk is None:
                continue
            self._writing = len(chunk.ticks)
            await self.writer.publish(chunk)
            self._writing = 0
            for call in chunk.after:
                call()
            if self._batcher.empty:
                self._idle.set()
