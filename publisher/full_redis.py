"""What a writer does while Redis is full: the log gives way, and if that is not enough the feed waits."""

import asyncio
import random
import time
from collections.abc import Callable

import structlog

from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.errors import Failure
from tickcast.runtime.repeats import Repeats

_FIRST, _MOST = 0.05, 1.0
"""Seconds between two tries while the log is empty and Redis is still full, first and at most."""

_REPEAT = 60.0
"""Seconds after which it is logged again that the log gives way."""

_log = structlog.get_logger()


class FullRedis:
    """Paces and logs the tries of one writer, of which Redis refuses some because it is full."""

    def __init__(self, partition: int, stats: Stats, clock: Callable[[], float] = time.monotonic) -> None:
        self._partition = partition
        self._stats = stats
        self._wait = 0.0
        """Seconds waited before the last try; 0: the log has given way so far."""
        self._repeats = Repeats(_REPEAT, clock)

    async def refused(self, entries: int, left: int) -> None:
        """Return when to try again: at once, if the log has been cut from `entries` to `left`."""
        self._stats.full += 1
        if entries:
            if self._repeats.due("cut") is not None:
                _log.warning(
                    "redis is full: the log is cut to make room, and clients resume from less of it",
                    partition=self._partition,
                    entries=entries,
                    left=left,
                    hint=Failure.FULL.hint,
                )
            return
        if not self._wait:
            _log.error(
                "redis is full, and the log is empty: the feed waits until there is room",
                partition=self._partition,
                hint=Failure.FULL.hint,
            )
        self._wait = min(2 * self._wait, _MOST) or _FIRST
        await asyncio.sleep(self._wait * random.uniform(0.5, 1.0))

    def accepted(self) -> None:
        """Redis has taken a write."""
        if self._wait:
            self._wait = 0.0
            _log.info("redis has room again: the feed goes on", partition=self._partition)
