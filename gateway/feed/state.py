"""Whether the feed is live or stale, since when, and why."""

import time
from collections.abc import Callable
from enum import Enum

STALE_AFTER = 3.0
"""Seconds without a message of a partition after which the feed is stale: three missed heartbeats."""

RETRY_AFTER = 5.0
"""Seconds after which a stale feed gets a new connection, even if the old one reports no error."""


class Link(Enum):
    """The state of the connection to Redis."""

    DOWN = "down"
    UP = "up"


class FeedState:
    """Live while every partition sends and is level with Redis; calls `on_change` at every change.

    A partition is level when every batch heard from it has been applied, and behind while its log is
    being read.
    """

    def __init__(self, partitions: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        now = clock()
        self._heard = [now] * partitions
        self._level = [now] * partitions
        """When each partition was last heard from while it was level."""
        self._loaded = [False] * partitions
        self._behind = set(range(partitions))
        self._link = Link.DOWN
        self._tried = now
        self._settled: float | None = None
        """When all partitions became level after the last break or silence; None: not yet."""
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
        """Tell whether Redis is connected."""
        return self._link is Link.UP

    @property
    def is_loaded(self) -> bool:
        """Tell whether every partition was read once, so that there are values to serve."""
        return all(self._loaded)

    @property
    def is_ready(self) -> bool:
        """Tell whether this gateway serves as well as any other: linked, loaded, and live or level.

        Without a publisher it is ready too: no other gateway could serve more.
        """
        return self.is_linked and self.is_loaded and (self.is_live or not self._behind)

    @property
    def reason(self) -> str:
        """The reason why the feed is stale, in words; empty while it is live."""
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
        """Return the ms since the most silent partition was heard from while level."""
        return int((self._clock() - min(self._level)) * 1000)

    def settled(self) -> float:
        """Return the seconds since the feed became level, after a break or at the start; 0 if it is not.

        A hole that is filled at once does not restart them: a client whose cursor is never reached must
        not wait for ever where there are many holes.
        """
        if self._settled is None or self._behind or not self.is_live:
            return 0.0
        return self._clock() - self._settled

    def connected(self) -> None:
        """Record that the subscription is confirmed; it must bring a message within `RETRY_AFTER`."""
        self._link = Link.UP
        self._tried = self._clock()

    def disconnected(self) -> None:
        """Record that the connection broke: until it is back, new batches are in the log only."""
        self._link = Link.DOWN
        self._tried = self._clock()
        self._behind = set(range(len(self._heard)))
        self._settled = None

    def fell_behind(self, partition: int) -> None:
        """Record that the log of a partition has to be read."""
        self._behind.add(partition)

    def caught_up(self, partition: int) -> None:
        """Record that every batch heard from a partition has been applied."""
        self._loaded[partition] = True
        self._behind.discard(partition)
        self._level[partition] = self._heard[partition]
        self._update()

    def heard(self, partition: int) -> None:
        """Record a message of a partition, a heartbeat included."""
        now = self._heard[partition] = self._clock()
        if partition not in self._behind:
            self._level[partition] = now
        if not self.is_live:
            self._update()

    def ticked(self, sent: int) -> None:
        """Record a batch that Redis took at `sent` (µs since the epoch)."""
        self.newest = max(self.newest, sent)

    def check(self) -> bool:
        """Update by the clock; tell whether the connection should be given up."""
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
        # A break or hole that is mended before a heartbeat is missed does not make the feed stale.
        live = level or (fresh and self.is_live)
        if live is self.is_live:
            return
        if not live:
            self._settled = None
        self.is_live = live
        self.on_change()
