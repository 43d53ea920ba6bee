"""Whether the feed is live or stale, since when, and why."""

import time
from collections.abc import Callable
from enum import Enum

STALE_AFTER = 3.0
"""Seconds without a sign of life of a partition: three missed heartbeats."""

RETRY_AFTER = 5.0
"""Seconds after which a stale feed gets a new connection, whatever the old one looks like."""


class Link(Enum):
    """How the connection to Redis stands."""

    DOWN = "down"
    UP = "up"


class FeedState:
    """Live as long as every partition is heard of and level with Redis; tells changes to `on_change`.

    A partition is level when all that was heard of it has been applied, and behind while its log is
    being read: what is heard meanwhile waits.
    """

    def __init__(self, partitions: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        now = clock()
        self._heard = [now] * partitions
        self._level = [now] * partitions
        """When each partition was last heard of while it was level."""
        self._loaded = [False] * partitions
        self._behind = set(range(partitions))
        self._link = Link.DOWN
        self._tried = now
        self._settled: float | None = None
        """When all became level after the last break or silence; None: not yet."""
        self.is_live = False
        self.newest = 0
        """When Redis took the newest batch, µs since the epoch; 0: none yet."""
        self.on_change: Callable[[], None] = lambda: None

    @property
    def name(self) -> str:
        """Return `live` or `stale`."""
        return "live" if self.is_live else "stale"

    @property
    def is_linked(self) -> bool:
        """Tell whether the connection to Redis stands."""
        return self._link is Link.UP

    @property
    def is_loaded(self) -> bool:
        """Tell whether every partition was read once, so that there is something to serve."""
        return all(self._loaded)

    @property
    def is_ready(self) -> bool:
        """Tell whether this gateway serves as well as any: linked, loaded, and level or as good as that.

        Without a publisher it is ready all the same: no other gateway would be more.
        """
        return self.is_linked and self.is_loaded and (self.is_live or not self._behind)

    @property
    def reason(self) -> str:
        """Say in words why the feed is stale; empty while it is live."""
        if self.is_live:
            return ""
        if self._link is Link.DOWN:
            return "no connection to Redis"
        if not self.is_loaded:
            return "loading"
        if self._behind and self._clock() - min(self._heard) <= STALE_AFTER:
            return "catching up"
        return "no heartbeat from the publisher"

    def age(self) -> int:
        """Return the ms since the newest batch of ticks, by Redis's clock; 0 if there was none."""
        return max(0, int(time.time() * 1000) - self.newest // 1000) if self.newest else 0

    def silence(self) -> int:
        """Return the ms since the quietest partition was heard of and applied."""
        return int((self._clock() - min(self._level)) * 1000)

    def settled(self) -> float:
        """Return the seconds since the feed has become level, after a break or at the start; 0 if it is not.

        A hole that is filled at once does not begin them anew: whoever waits for what never comes must
        not wait for ever where there are many holes.
        """
        if self._settled is None or self._behind or not self.is_live:
            return 0.0
        return self._clock() - self._settled

    def connected(self) -> None:
        """Take note that the subscription stands; it must prove itself within `RETRY_AFTER`."""
        self._link = Link.UP
        self._tried = self._clock()

    def disconnected(self) -> None:
        """Take note that the connection broke: what comes meanwhile is in the log only."""
        self._link = Link.DOWN
        self._tried = self._clock()
        self._behind = set(range(len(self._heard)))
        self._settled = None

    def fell_behind(self, partition: int) -> None:
        """Take note that the log of a partition has to be read."""
        self._behind.add(partition)

    def caught_up(self, partition: int) -> None:
        """Take note that all that was heard of a partition has been applied."""
        self._loaded[partition] = True
        self._behind.discard(partition)
        self._level[partition] = self._heard[partition]
        self._update()

    def heard(self, partition: int) -> None:
        """Take note of a sign of life of a partition."""
        now = self._heard[partition] = self._clock()
        if partition not in self._behind:
            self._level[partition] = now
        if not self.is_live:
            self._update()

    def ticked(self, sent: int) -> None:
        """Take note of a batch that Redis took at `sent` (µs since the epoch)."""
        self.newest = max(self.newest, sent)

    def check(self) -> bool:
        """Look at the clock; tell whether the connection should be given up."""
        self._update()
        return (
            not self.is_live
            and self._link is Link.UP
            and self._clock() - max(self._tried, min(self._heard)) > RETRY_AFTER
        )

    def _update(self) -> None:
        now = self._clock()
        fresh = self.is_loaded and now - min(self._level) <= STALE_AFTER
        level = fresh and self._link is Link.UP and not self._behind
        if level and self._settled is None:
            self._settled = now
        # A short break or hole that is mended before anybody misses a heartbeat is nobody's concern.
        live = level or (fresh and self.is_live)
        if live is self.is_live:
            return
        if not live:
            self._settled = None
        self.is_live = live
        self.on_change()
