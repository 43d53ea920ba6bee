"""The clock of the Redis that has the feed, as the delayer knows it between two looks. Pure.

Batches are dated by it. It may be set, or another server may take over whose clock is ahead: what was dated
before such a leap counts without it, so nothing is published too early.
"""

import time
from collections.abc import Callable

LEAP = 1_000_000
"""µs by which the clock must be ahead of what is expected to have been set forward: answers are slow."""

LEAPS = 100
"""Leaps that are remembered, at most; of more the first two count as one."""


class FeedClock:
    """Tells how old a batch is."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: tuple[int, float] | None = None
        self._leaps: list[tuple[int, int]] = []
        """What the clock showed before each leap forward, and its size, µs."""

    def observe(self, now: int) -> None:
        """Take the time that Redis has just answered, µs since 1970."""
        expected = self.now()
        if expected is not None and now - expected > LEAP:
            self._leaps.append((expected, now - expected))
            if len(self._leaps) > LEAPS:
                (_, first), (when, second), *rest = self._leaps
                self._leaps = [(when, first + second), *rest]
        # The answer is some ms old by now, so the clock runs late by as much.
        self._seen = now, self._monotonic()

    def now(self) -> int | None:
        """Return the time in µs since 1970; None before the first look."""
        if self._seen is None:
            return None
        told, when = self._seen
        return told + int((self._monotonic() - when) * 1e6)

    def age(self, at: int) -> int | None:
        """Return how many µs ago Redis took what it dated `at`, at least; None before the first look.

        Less than 0 if the clock was set back since.
        """
        now = self.now()
        return None if now is None else now - at - sum(size for when, size in self._leaps if at <= when)
