"""The feed: follows every partition's channel, fills holes from the log, and notices silence.

Buffer what comes live first, then read the log, then merge: in this order nothing is lost between the two.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import structlog

from tickcast.gateway.feed.backfill import Backfill
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.continuity import Continuity, Verdict
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.feed.validation import BatchValidator
from tickcast.gateway.ingest import Ingest
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.batch import Batch

PAUSES = (0.1, 0.2, 0.5, 1.0)
"""Seconds before the next attempt to reach Redis; the last one from then on."""

ASK_EVERY, ASK_SOON = 1.0, 0.25
"""Seconds between two questions to Redis how it stands; the second one while somebody waits for an answer."""

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
        self._backfill = Backfill(
            broker,
            ingest,
            self._validator,
            state,
            self._parts,
            ring_seconds,
            self._apply,
            self._start_backfill,
        )
        self._complained: Failure | None = None
        """The kind of failure that was logged last; None: the feed is connected."""
        self._unanswered: Failure | None = None
        """The kind of failure of the newest question how the feed stands; None: it was answered."""
        self._failure: LinkError | None = None
        """Why the newest backfill failed."""

    @property
    def poisoned(self) -> int:
        """Batches, last values and bars in Redis that were not valid ones of this feed."""
        return self._validator.rejects.count + self._broker.rejects.count

    @property
    def holes(self) -> int:
        """Holes found; each was filled from the log or announced as a gap."""
        return self._backfill.holes

    async def run(self) -> None:
        """Follow the feed until cancelled; reconnect after every break."""
        failures = 0
        helpers = [asyncio.create_task(self._watch()), asyncio.create_task(self._ask())]
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
                self._lost(error or self._failure)
                self.reconnects += 1
                failures = failures + 1 if time.monotonic() - began < 5 else 0
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
        finally:
            await end_tasks(helpers)

    def _lost(self, error: LinkError | None) -> None:
        """Record a break, and log each new kind of it; None: Redis has just shown no sign of life."""
        self._failure = None
        error = error or LinkError("no sign of life", Failure.SILENT)
        self.state.disconnected(error.reason)
        if error.failure is not self._complained:
            self._complained = error.failure
            log.warning(error.reason + ", trying again", error=str(error), hint=error.hint)

    async def _follow(self) -> None:
        async with self._broker.live(len(self._parts)) as messages:
            self.state.connected()
            if self._complained:
                self._complained = None
                log.info("connected to Redis again")
            await self._ask_once()  # Redis's clock first: what is read next is as old as that says
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
        if part.backfilling:
            part.buffer(batch, size)
            return
        verdict = part.judge(batch)
        if verdict is Verdict.NEXT:
            self.state.caught_up(partition)
            self._apply(partition, batch)
        elif verdict is not Verdict.OLD:
            part.buffer(batch, size)
            self._start_backfill(partition)
        elif not batch.is_heartbeat:
            return
        elif batch.id == part.position:
            self.state.caught_up(partition)
            self.state.applied(partition, batch.sent, False)
        else:
            # This gateway is ahead of the log. Most often the channel is only late; but after a forged batch
            # every real one would look old for ever.
            part.buffer(batch, size)
            self._start_backfill(partition)

    def _apply(self, partition: int, batch: Batch) -> None:
        self._parts[partition].position = batch.id
        self._ingest.apply(partition, batch)
        self.state.applied(partition, batch.sent, bool(batch.ticks))
        self.lag = self.state.lag_of(partition, batch.sent)
        self.on_batch()

    # Backfill

    def _start_backfill(self, partition: int, reload: bool = False) -> None:
        self._parts[partition].backfilling = True
        self.state.fell_behind(partition)
        task = asyncio.create_task(self._backfill.run(partition, reload))
        self._backfills.add(task)
        task.add_done_callback(self._backfill_ended)

    def _backfill_ended(self, task: asyncio.Task[None]) -> None:
        self._backfills.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self._connected is not None:
            # Redis does not answer, so the live connection is no better: reconnect.
            log.warning("backfill failed", error=str(error))
            self._failure = error if isinstance(error, LinkError) else None
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

    async def _ask(self) -> None:
        """Ask Redis again and again how it stands: only that proves that nothing newer is missing."""
        while True:
            if self.state.is_linked:
                await self._ask_once()
            await asyncio.sleep(ASK_SOON)
            with suppress(TimeoutError):
                async with asyncio.timeout(ASK_EVERY - ASK_SOON):
                    await self.state.wanted.wait()
            self.state.wanted.clear()

    def _fit(self) -> None:
        """Compare the partitions of the feed with those of this gateway, which may lack symbols unnoticed."""
        feed, own = self._broker.partitions, len(self._parts)
        misfit = (
            f"the feed has {feed} partitions, this gateway is set to {own}" if feed not in (0, own) else ""
        )
        if misfit and misfit != self.state.misfit:
            log.error(misfit, hint=f"set TICKCAST_PARTITIONS={feed} for every gateway")
        self.state.misfit = misfit

    async def _ask_once(self) -> None:
        asked = time.monotonic()
        try:
            count = [partition for partition in range(len(self._parts)) if not self.state.is_whole(partition)]
            standings = await self._broker.standings(len(self._parts), count)
        except LinkError as error:
            self.state.unanswered(error.reason)
            if error.failure is not self._unanswered:
                self._unanswered = error.failure
                log.warning("Redis does not say how the feed stands", error=str(error), hint=error.hint)
            return
        self._unanswered = None
        self._fit()
        self.state.answered(standings, asked)
        for partition, (part, standing) in enumerate(zip(self._parts, standings, strict=True)):
            if standing.is_whole and not self.state.is_whole(partition) and not part.backfilling:
                # The leader has written back what Redis lacked when this gateway loaded it.
                self._start_backfill(partition, reload=True)
