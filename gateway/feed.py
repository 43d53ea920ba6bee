"""The feed: follows every partition's channel, fills holes from the log, and notices silence.

Buffer live first, then read the log, then merge: in this order nothing falls between.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from gateway.continuity import Continuity, Verdict
from gateway.feed_state import FeedState
from gateway.intake import Intake
from gateway.redis_link import Entry, Loaded, RedisLink, State
from gateway.redis_servers import LinkError
from gateway.sieve import Sieve
from wire.batch import Batch
from wire.position import Position

CHUNK = 64
"""Log entries read at once: at most a few MiB, so that a long catch-up stays bounded."""

MAX_PASSES = 5
"""Readings of the log in one catch-up; what does not fit together by then never will."""

PAUSES = (0.1, 0.2, 0.5, 1.0)
"""Seconds before the next attempt to reach Redis; the last one from then on."""

log = structlog.get_logger()


class Feed:
    """All partitions over one live connection."""

    def __init__(
        self, link: RedisLink, intake: Intake, partitions: int, ring_seconds: float, state: FeedState
    ) -> None:
        self.state = state
        self.holes = 0
        """Holes found, filled from the log or told as a gap."""
        self.lag = 0.0
        """Age of the newest batch when it was applied, in s, Redis's clock to ours."""
        self.reconnects = 0
        self.on_batch: Callable[[], None] = lambda: None
        """Called after batches were applied."""
        self._link = link
        self._intake = intake
        self._ring_seconds = ring_seconds
        self._parts = [Continuity() for _ in range(partitions)]
        self._catching: set[asyncio.Task[None]] = set()
        self._connected: asyncio.Task[None] | None = None
        self._sieve = Sieve(partitions)
        self._complained = False

    @property
    def poisoned(self) -> int:
        """How much of what Redis held was not ours."""
        return self._sieve.poisoned

    async def run(self) -> None:
        """Follow the feed until cancelled; come back after every break."""
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
                    await self._stop_catching()
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
        async with self._link.live(len(self._parts)) as messages:
            self.state.connected()
            if self._complained:
                self._complained = False
                log.info("connected to Redis again")
            for partition in range(len(self._parts)):
                self._catch_up(partition)
            await self._receive(messages)

    async def _receive(self, messages: AsyncIterator[tuple[int, bytes]]) -> None:
        async for partition, data in messages:
            batch = self._sieve.batch(data, partition, "channel")
            if batch is not None:
                self._take(partition, batch, len(data))

    def _take(self, partition: int, batch: Batch, size: int) -> None:
        part = self._parts[partition]
        self.state.heard(partition)
        if part.catching_up:
            part.keep(batch, size)
            return
        verdict = part.judge(batch)
        if verdict is Verdict.NEXT:
            self._apply(partition, batch)
        elif verdict is not Verdict.OLD:
            part.keep(batch, size)
            self._catch_up(partition)
        elif batch.is_heartbeat and batch.id < part.position:
            # We are ahead of the log. Most often the channel is only late; but after a forged batch
            # every real one would look old, for ever.
            part.keep(batch, size)
            self._catch_up(partition)

    def _apply(self, partition: int, batch: Batch) -> None:
        self._parts[partition].position = batch.id
        self._intake.apply(partition, batch)
        self.lag = time.time() - batch.sent / 1e6
        self.state.ticked(batch.sent)
        self.on_batch()

    # Catching up

    def _catch_up(self, partition: int) -> None:
        self._parts[partition].catching_up = True
        task = asyncio.create_task(self._fill(partition))
        self._catching.add(task)
        task.add_done_callback(self._filled)

    def _filled(self, task: asyncio.Task[None]) -> None:
        self._catching.discard(task)
        if not task.cancelled() and task.exception() is not None and self._connected is not None:
            # Redis does not answer: the live connection is no better, begin anew.
            log.warning("catching up failed", error=str(task.exception()))
            self._connected.cancel()

    async def _stop_catching(self) -> None:
        for task in list(self._catching):
            task.cancel()
        await asyncio.gather(*self._catching, return_exceptions=True)
        for part in self._parts:
            part.release()

    async def _fill(self, partition: int) -> None:
        part = self._parts[partition]
        for _ in range(MAX_PASSES):
            state = await self._link.state(partition)
            if not part.loaded:
                await self._load(partition)
            elif not part.epoch and state.epoch:
                # The first publisher ever: the log begins here, and nothing came before.
                part.epoch = state.epoch
                self._intake.restart(partition, state.epoch, part.position, [], None)
                continue
            elif not part.buffer and part.is_beyond(state.epoch, state.position):
                # Redis has lost what we have, and nobody has written since. Whoever writes next finds
                # out too and starts a new epoch; until then our prices are the newer ones.
                log.warning("redis has gone back", partition=partition, to=str(state.position))
            elif state.epoch != part.epoch or state.position < part.position:
                await self._reload(partition, "feed")
            elif state.position > part.position:
                self.holes += 1
                if not await self._read(partition, state.position):
                    await self._reload(partition, "retention")
            if self._merge(partition):
                return
        # What the channel says cannot be proved by the log: forged, or cut short by hand. The
        # next heartbeat shows where the log really ends.
        self._sieve.poisoned += len(part.release())
        self.state.loaded(partition)

    def _merge(self, partition: int) -> bool:
        part = self._parts[partition]
        waited = part.release()
        for at, batch in enumerate(waited):
            verdict = part.judge(batch)
            if verdict is Verdict.NEXT:
                self._apply(partition, batch)
            elif verdict is not Verdict.OLD:
                part.catching_up = True
                for later in waited[at:]:
                    part.keep(later, 0)
                return False
        self.state.loaded(partition)
        return True

    async def _load(self, partition: int) -> None:
        """Read what Redis holds for the first time: last values, then the recent log for the ring."""
        part = self._parts[partition]
        state, ticks, bars = await self._link.load(partition)
        back = Position(max(0, state.position.ms - int(self._ring_seconds * 1000)), 0)
        entries = await self._link.read_log(partition, back, CHUNK)
        batches = ((at, self._sieve.batch(data, partition, "log")) for at, (_, data) in enumerate(entries))
        ours = ((at, batch.prev) for at, batch in batches if batch and batch.epoch == state.epoch)
        first, start = next(ours, (len(entries), state.position))
        part.epoch, part.position = state.epoch, start
        self._restart(partition, Loaded(State(state.epoch, start), ticks, bars), None)
        part.loaded = True
        # These are taken as they were read: the publisher trims the log at the same age, and may have
        # trimmed them since.
        if start < state.position and not await self._read(partition, state.position, entries[first:]):
            await self._reload(partition, "retention")

    async def _reload(self, partition: int, reason: str) -> None:
        """Go on from what Redis holds now, and tell clients of the gap."""
        part = self._parts[partition]
        loaded = await self._link.load(partition)
        state = loaded.state
        log.warning(
            "gap", partition=partition, reason=reason, before=str(part.position), after=str(state.position)
        )
        part.epoch, part.position = state.epoch, state.position
        self._restart(partition, loaded, reason)

    def _restart(self, partition: int, loaded: Loaded, reason: str | None) -> None:
        state, sieve = loaded.state, self._sieve
        ticks = sieve.last_values(partition, loaded.ticks)
        bars = sieve.newest_bars(partition, loaded.bars)
        self._intake.restart(partition, state.epoch, state.position, ticks, reason, bars)

    async def _read(self, partition: int, to: Position, begun: Sequence[Entry] = ()) -> bool:
        """Apply the log from where the partition stands; tell whether it reached `to` without a hole.

        `begun` are the first entries, if they have been read already.
        """
        part = self._parts[partition]
        after = part.position
        while part.position < to:
            entries = begun or await self._link.read_log(partition, after, CHUNK)
            begun = ()
            if not entries:
                return False
            for position, data in entries:
                after = position
                batch = self._sieve.batch(data, partition, "log")
                if batch is None:
                    continue
                verdict = part.judge(batch)
                if verdict is Verdict.NEXT:
                    self._apply(partition, batch)
                elif verdict is not Verdict.OLD:
                    return False
        return True

    # Watching

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            if self.state.check() and self._connected is not None:
                # Nothing was heard for too long. The socket may look well: it did in every hang.
                self._connected.cancel()
