"""Whether the feed is live or stale, since when, and why: live is proved, never assumed.

The proof of a partition is a batch or heartbeat that this gateway has applied, and the time at which Redis
took it. Redis's own clock says how old that is, so neither a slow line, a starved gateway nor a wrong clock
of this machine makes old prices look new.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from enum import Enum

from tickcast.gateway.feed.proof import PROMPT, STEP, PartitionProof, Standing
from tickcast.runtime.redis.errors import Failure
from tickcast.wire.position import Position

MAX_LAG = 3.0
"""Seconds, unless set otherwise: three missed heartbeats."""

RETRY_AFTER = 5.0
"""Seconds without proof after which a stale feed gets a new connection, whatever the old one says."""


class Link(Enum):
    """The state of the connection to Redis."""

    DOWN = "down"
    UP = "up"


class FeedState:
    """Live while every partition is proved to be new; calls `on_change` at every change.

    A partition is level when every batch heard from it has been applied, and behind while its log is
    being read.
    """

    def __init__(
        self, partitions: int, max_lag: float = MAX_LAG, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """The proof may be `max_lag` seconds old."""
        self.max_lag = max_lag
        self._clock = clock
        now = clock()
        self._parts = [PartitionProof(now) for _ in range(partitions)]
        self._link = Link.DOWN
        self._why = "no connection to Redis"
        self._unanswered = ""
        """Why Redis does not say how it stands; empty while it does."""
        self.misfit = ""
        """Why this gateway cannot serve the feed as it is set up; empty while it can."""
        self._is_full = False
        """Whether Redis refuses batches because it is full: then no heartbeat comes either."""
        self._tried = now
        self.is_live = False
        self.on_change: Callable[[], None] = lambda: None
        self.on_answer: Callable[[], None] = lambda: None
        """Called when Redis has said how it stands."""
        self.wanted = asyncio.Event()
        """Set by who needs to know at once how Redis stands."""

    @property
    def name(self) -> str:
        """Return `live` or `stale`."""
        return "live" if self.is_live else "stale"

    @property
    def is_linked(self) -> bool:
        """Tell whether Redis is connected."""
        return self._link is Link.UP

    @property
    def is_loaded(self) -> bool:
        """Tell whether every partition was read once, so that there are values to serve."""
        return all(part.loaded for part in self._parts)

    @property
    def is_ready(self) -> bool:
        """Tell whether this gateway serves as well as any other: linked, wholly loaded, not behind Redis.

        Without a publisher it is ready too: no other gateway could serve more.
        """
        return (
            self.is_linked
            and not self.misfit
            and self.is_loaded
            and not self._is_late()
            and all(part.whole or not self._is_fed(part) for part in self._parts)
            and (self.is_live or not any(part.behind for part in self._parts))
        )

    @property
    def reason(self) -> str:
        """The reason why the feed is stale, in words; empty while it is live."""
        if self.is_live:
            return ""
        if self._link is Link.DOWN:
            return self._why
        if self.misfit:
            return self.misfit
        if not self.is_loaded:
            return "loading"
        if self._unanswered:
            return self._unanswered
        if self._is_late() or any(part.behind and self._is_fed(part) for part in self._parts):
            return "catching up"
        if not all(part.whole for part in self._parts):
            return "Redis lacks newest prices"
        return Failure.FULL.reason if self._is_full else "no heartbeat from the publisher"

    def _is_late(self) -> bool:
        """Tell whether Redis has something that is too much newer than what was applied."""
        # What Redis said long ago is no evidence of now.
        most, since = self.max_lag * 1e6, self._clock() - self.max_lag - 2
        return any(part.newest - part.proved > most and part.asked > since for part in self._parts)

    def _is_fed(self, part: PartitionProof) -> bool:
        """Tell whether a publisher still writes to a partition, as Redis said last."""
        if part.offset is None:
            return False
        # Redis is asked once a second, and a heartbeat comes once a second.
        return self._clock() * 1e6 + part.offset - part.newest <= (self.max_lag + 2) * 1e6

    def _is_unfed(self, part: PartitionProof) -> bool:
        """Tell whether Redis has said lately that nobody writes to a partition."""
        is_known = not self._unanswered and part.asked > self._clock() - self.max_lag - 2
        return is_known and part.offset is not None and not self._is_fed(part)

    def age(self) -> int | None:
        """Return the ms since Redis took the newest batch of ticks, by its clock; None: not known."""
        part = max(self._parts, key=lambda each: each.ticked)
        if not part.ticked or part.offset is None:
            return None
        return max(0, int((self._clock() * 1e6 + part.offset - part.ticked) / 1000))

    def silence(self) -> float | None:
        """Return the seconds since Redis took the oldest of the partitions' proofs; None: one has none."""
        now = self._clock()
        ages = [part.age(now) for part in self._parts]
        known = [max(0.0, age) for age in ages if age is not None]
        return max(known) if len(known) == len(ages) else None

    def lag_of(self, partition: int, sent: int) -> float:
        """Return the seconds since Redis took a batch at `sent`, µs by its clock; 0 if it is not known."""
        offset = self._parts[partition].offset
        return 0.0 if offset is None else max(0.0, (self._clock() * 1e6 + offset - sent) / 1e6)

    def lacks(self, partition: int, epoch: str, position: Position, since: float) -> bool:
        """Tell whether Redis is proved to lack a position: a live one said so that was asked after `since`.

        `since` is by our clock, `epoch` that of the partition's log.
        """
        part = self._parts[partition]
        return self.is_live and part.asked > since and part.epoch == epoch and part.position < position

    def is_of(self, epochs: Sequence[str], since: float) -> bool:
        """Tell whether Redis, asked after `since` by our clock, said that its logs have these epochs."""
        return all(
            part.asked > since and part.epoch == epoch
            for part, epoch in zip(self._parts, epochs, strict=True)
        )

    # What happens

    def connected(self) -> None:
        """Record that the subscription is confirmed; it must bring proof within `RETRY_AFTER`."""
        self._link = Link.UP
        self._tried = self._clock()

    def disconnected(self, why: str = "no connection to Redis") -> None:
        """Record that the connection broke: until it is back, new batches are in the log only."""
        self._link, self._why = Link.DOWN, why
        self._tried = self._clock()
        for part in self._parts:
            part.behind = True

    def fell_behind(self, partition: int) -> None:
        """Record that the log of a partition has to be read."""
        self._parts[partition].behind = True

    def loaded(self, partition: int, whole: bool) -> None:
        """Record that a partition has its newest values, and whether Redis had all of them."""
        part = self._parts[partition]
        part.loaded, part.whole = True, whole

    def values_read(self, partition: int, whole: bool) -> None:
        """Record whether Redis had all newest values of a partition, whose log is read next.

        While that is read, older ticks take the place of the newest values: it is loaded when it is level.
        """
        self._parts[partition].whole = whole

    def is_whole(self, partition: int) -> bool:
        """Tell whether Redis had every newest tick when a partition was loaded."""
        return self._parts[partition].whole

    def caught_up(self, partition: int, sent: int = 0) -> None:
        """Record that a partition is level: every batch heard from it, and found in its log, is applied.

        `sent` is when Redis took the newest batch or heartbeat, if it said so when the log was read.
        """
        part = self._parts[partition]
        if not part.behind:
            return  # as for nearly every batch
        part.behind, part.loaded = False, True
        if sent > part.proved:
            part.proved, part.moved = sent, self._clock()
        self._update()

    def applied(self, partition: int, sent: int, has_ticks: bool) -> None:
        """Record a batch or heartbeat that follows all before it; Redis took it at `sent`, µs."""
        part, now = self._parts[partition], self._clock()
        part.moved = now
        if part.offset is not None and (ahead := sent - now * 1e6 - part.offset) > 0:
            # Redis's clock shows at least this time now. The next answer of Redis sets it exactly.
            if ahead <= STEP * 1e6:
                part.set_offset(sent - now * 1e6)
            else:
                # Its clock was set, or the time is forged: only Redis itself knows which. Until it says so
                # the batch counts as taken just now.
                sent -= int(ahead)
                self.wanted.set()
        if has_ticks:
            part.ticked = sent
        if sent >= part.proved:
            part.proved = sent
        elif part.proved - sent > STEP * 1e6:
            # The channel is late, or Redis's clock was set back: only Redis itself knows which.
            self.wanted.set()
        if not self.is_live:
            self._update()

    def answered(self, standings: Sequence[Standing], asked: float) -> None:
        """Record how Redis says that the partitions stand; it was `asked` then, by our clock."""
        self._unanswered = ""
        self._is_full = any(each.is_full for each in standings)
        is_prompt = self._clock() - asked <= PROMPT
        for part, standing in zip(self._parts, standings, strict=True):
            if part.offset is None or is_prompt:
                part.set_clock(standing.now, asked)
            # A time that is yet to come was written before Redis's clock was set back.
            part.newest = min(standing.sent, standing.now)
            part.epoch, part.position = standing.epoch, standing.position
            part.asked = asked
        self._update()
        self.on_answer()

    def unanswered(self, why: str) -> None:
        """Record that Redis does not say how it stands."""
        self._unanswered = why

    def check(self) -> bool:
        """Update by the clock; tell whether the connection should be given up."""
        self._update()
        for part in self._parts:
            if self._is_unfed(part):
                # Silence proves nothing against the connection. It counts from when somebody writes again.
                part.moved = self._clock()
        moved = min(part.moved for part in self._parts)
        return (
            not self.is_live
            and self._link is Link.UP
            and self._clock() - max(self._tried, moved) > RETRY_AFTER
        )

    def _update(self) -> None:
        now = self._clock()
        fresh = all(part.loaded and part.whole and part.is_fresh(now, self.max_lag) for part in self._parts)
        level = self._link is Link.UP and not any(part.behind for part in self._parts)
        # A break or hole that is mended before a heartbeat is missed does not make the feed stale.
        live = fresh and not self.misfit and (level or self.is_live)
        if live is self.is_live:
            return
        self.is_live = live
        self.on_change()
