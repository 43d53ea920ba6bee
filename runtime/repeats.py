"""How often the same line is logged: what a client can cause again and again must not fill the log."""

import time
from collections.abc import Callable, Hashable

PERIOD = 60.0
"""Seconds between two lines that say the same, at least."""

MAX_KEYS = 256
"""Kinds of lines that are told apart, at most; all kinds beyond count as one."""


class Repeats:
    """Tells which lines are due, and counts those that are left out."""

    def __init__(self, period: float = PERIOD, clock: Callable[[], float] = time.monotonic) -> None:
        self.left_out = 0
        """Lines that were left out so far."""
        self._period = period
        self._clock = clock
        self._kinds: dict[Hashable, tuple[float, int]] = {}
        """Kind of line -> when the newest was logged, and how many were left out since."""

    def due(self, kind: Hashable) -> int | None:
        """Return how many lines of a kind were left out since the last one; None: leave out this one, too."""
        if kind not in self._kinds and len(self._kinds) >= MAX_KEYS:
            kind = None
        now = self._clock()
        logged, left_out = self._kinds.get(kind, (-self._period, 0))
        if now - logged < self._period:
            self._kinds[kind] = logged, left_out + 1
            self.left_out += 1
            return None
        self._kinds[kind] = now, 0
        return left_out


by_clients = Repeats()
"""Of all that this process logs and that clients can cause."""
