"""How long entries have waited at least, by the clock of this machine that nobody sets. Pure.

Dates in entries are of Redis's clock, which may be set back, or be noted wrongly. What was kept for the whole
delay while this delayer looked is due, whatever its date.
"""

import re
import time
from collections import deque
from collections.abc import Callable

DRIFT = 1.001
"""How much faster than that of Redis this machine's clock may run."""

SPARE = 1.0
"""Seconds added to the delay, so that dates decide wherever they can."""

POINTS = 100
"""Moments that are remembered over one delay, about."""

_ID = re.compile("([0-9]{1,20})-([0-9]{1,20})")


class Kept:
    """Remembers which entries were there at some moments."""

    def __init__(self, delay: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`delay` is in µs."""
        self.wait = delay / 1e6 * DRIFT + SPARE
        """Seconds after which an entry is due for certain."""
        self._every = max(SPARE, self.wait / POINTS)
        self._monotonic = monotonic
        self._points: deque[tuple[tuple[int, int], float]] = deque()
        """Newest entry, and when it was there; both grow."""

    def note(self, newest: str) -> None:
        """Take the id of the newest entry there is."""
        now, entry = self._monotonic(), _parts(newest)
        if entry and self._points and entry < self._points[-1][0]:
            self.forget()
        if entry and (not self._points or now >= self._points[-1][1] + self._every):
            self._points.append((entry, now))

    def forget(self) -> None:
        """Forget all: entries that come from now on may have smaller ids."""
        self._points.clear()

    def overdue(self, entry_id: str) -> float:
        """Return for how many seconds an entry is due for certain; less than 0: it is not yet.

        Entries are asked for in order.
        """
        entry = _parts(entry_id)
        while entry and self._points and self._points[0][0] < entry:
            self._points.popleft()
        if not entry or not self._points:
            return -self.wait
        return self._monotonic() - self._points[0][1] - self.wait


def _parts(entry_id: str) -> tuple[int, int] | None:
    found = _ID.fullmatch(entry_id)
    return (int(found[1]), int(found[2])) if found else None
