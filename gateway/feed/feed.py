"""The feed: follows every partition's channel, fills holes from the log, and notices silence.

Buffer what comes live first, then read the log, then merge: in this order nothing is lost between the two.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import structlog

from tickcast.gateway.feed.backfill import Backfill
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.continuity import Continuity, Verdict
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.feed.validation import BatchValidator
from tickcast.gateway.ingest import Ingest
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.batch import Batch

PAUSES = (0.1, 0.2, 0.5, 1.0)
"""Seconds before the next attempt to reach Redis; the last one from then on."""

log = structlog.get_logger()


class Feed:
    """All partitions over one live connection."""

    def __init__(
        self, broker: Broker, ingest: Ingest, partitions: int, ring_seconds: float, state: FeedState
    ) -> None:
        self.state = state
        self.lag = 0.0
        """Seconds from Redis taking the newest batch (its clock) to this gateway applying it (our clock)."""
        self.reconnects = 0
        self.on_batch: Callable[[], None] = lambda: None
        """Called after batches were applied."""
        self._broker = broker
        self._ingest = ingest
        self._parts = [Continuity() for _ in range(partitions)]
        self._backfills: set[asyncio.Task[None]] = set()
        self._connected: asyncio.Task[None] | None = None
        self._validator = BatchValidator(partitions)
        self._backfill = Backfill(broker, ingest, self._validator, state, ring_seconds, self._apply)
        self._complained = False

    @property
    def poisoned(self) -> int:
        """Batches, last values and bars in Redis that were not valid ones of this feed."""
        return self._validator.rejects.count

    @property
    def holes(self) -> int:
        """Holes found; each was filled from the log or announced as a gap."""
        return self._backfill.holes

    async def run(self) -> None:
        """Follow the feed until cancelled; reconnect after every break."""
        failures = 0
        watchdog = asyncio.create_task(self._watch())
        try:
            while True:
                began = time.monotonic()
                self._connected = asyncio.create_task(self._follow())
                try:
                    await asyncio.wait([self._connected])
                finally:
                    self._connected.cancel()
                    await self._stop_backfills()
                error = None if self._connected.cancelled() else self._connected.exception()
                if error is not None and not isinstance(error, LinkError):
                    raise error
                self._lost(str(error) if error else "no sign of life")
                self.reconnects += 1
                failures = failures + 1 if time.monotonic() - began < 5 else 0
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
        finally:
            watchdog.cancel()

    def _lost(self, error: str) -> None:
        self.state.disconnected()
        if not self._complained:
            self._complained = True
            log.warning(
                "no connection to Redis, trying again", error=error, hint="does it run? see --redis-url"
            )

    async def _follow(self) -> None:
        async with self._broker.live(len(self._parts)) as messages:
            self.state.connected()
            if self._complained:
                self._complained = False
                log.info("connected to Redis again")
            for partition in range(len(self._parts)):
                self._start_backfill(partition)
            await self._receive(messages)

    async def _receive(self, messages: AsyncIterator[tuple[int, bytes]]) -> None:
        async for partition, data in messages:
            batch = self._validator.batch(data, partition, "channel")
            if batch is not None:
                self._take(partition, batch, len(data))

    def _take(self, partition: int, batch: Batch, size: int) -> None:
        part = self._parts[partition]
        self.state.heard(partition)
        if part.backfilling:
            part.buffer(batch, size)
            return
        verdict = part.judge(batch)
        if verdict is Verdict.NEXT:
            self._apply(partition, batch)
        elif verdict is not Verdict.OLD:
            part.buffer(batch, size)
            self._start_backfill(partition)
        elif batch.is_heartbeat and batch.id < part.position:
            # This gateway is ahead of the log. Most often the channel is only late; but after a forged batch
            # every real one would look old for ever.
            part.buffer(batch, size)
            self._start_backfill(partition)

    def _apply(self, partition: int, batch: Batch) -> None:
        self._parts[partition].position = batch.id
        self._ingest.apply(partition, batch)
        self.lag = time.time() - batch.sent / 1e6
        self.state.ticked(batch.sent)
        self.on_batch()

    # Backfill

    def _start_backfill(self, partition: int) -> None:
        part = self._parts[partition]
        part.backfilling = True
        self.state.fell_behind(partition)
        task = asyncio.create_task(self._backfill.run(part, partition))
        self._backfills.add(task)
        task.add_done_callback(self._backfill_ended)

    def _backfill_ended(self, task: asyncio.Task[None]) -> None:
        self._backfills.discard(task)
        if not task.cancelled() and task.exception() is not None and self._connected is not None:
            # Redis does not answer, so the live connection is no better: reconnect.
            log.warning("backfill failed", error=str(task.exception()))
            self._connected.cancel()

    async def _stop_backfills(self) -> None:
        for task in list(self._backfills):
            task.cancel()
        await asyncio.gather(*self._backfills, return_exceptions=True)
        for part in self._parts:
            part.end_backfill()

    # Watching

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            if self.state.check() and self._connected is not None:
                # No message for too long. The socket reports no error: it did not in any hang that was seen.
                self._connected.cancel()
