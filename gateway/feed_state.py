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
    """Live as long as every partition is heard of; tells every change to `on_change`."""

    def __init__(self, partitions: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        now = clock()
        self._heard = [now] * partitions
        self._loaded = [False] * partitions
        self._link = Link.DOWN
        self._tried = now
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
        """Tell whether every partition was read once, so that clients can be served."""
        return all(self._loaded)

    @property
    def reason(self) -> str:
        """Say in words why the feed is stale; empty while it is live."""
        if self.is_live:
            return ""
        if self._link is Link.DOWN:
            return "no connection to Redis"
        return "no heartbeat from the publisher" if self.is_loaded else "loading"

    def age(self) -> int:
        """Return the ms since the newest batch of ticks, by Redis's clock; 0 if there was none."""
        return max(0, int(time.time() * 1000) - self.newest // 1000) if self.newest else 0

    def silence(self) -> int:
        """Return the ms since the quietest partition was heard of."""
        return int((self._clock() - min(self._heard)) * 1000)

    def connected(self) -> None:
        """Take note that the subscription stands; it must prove itself within `RETRY_AFTER`."""
        self._link = Link.UP
        self._tried = self._clock()

    def disconnected(self) -> None:
        """Take note that the connection broke."""
        self._link = Link.DOWN
        self._tried = self._clock()

    def loaded(self, partition: int) -> None:
        """Take note that a partition stands where Redis stands."""
        self._loaded[partition] = True
        self._update()

    def heard(self, partition: int) -> None:
        """Take note of a sign of life of a partition."""
        self._heard[partition] = self._clock()
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
        live = self._link is Link.UP and all(self._loaded) and self._clock() - min(self._heard) <= STALE_AFTER
        if live is self.is_live:
            return
        # A short break that is mended before anybody misses a heartbeat is nobody's concern.
        if not live and self.is_loaded and self._clock() - min(self._heard) <= STALE_AFTER:
            return
        self.is_live = live
        self.on_change()
