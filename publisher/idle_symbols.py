"""Which symbols had no tick for some time. Pure."""

import time
from collections.abc import Callable

LOOKS = 20
"""Looks at all symbols within the time after which one is idle: so precise is that time."""


class IdleSymbols:
    """Finds symbols that had no tick for some time, by their sequence numbers: a tick costs nothing more."""

    def __init__(self, after: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`after` is in seconds; 0: no symbol is ever idle."""
        self._after = after
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}
        """Symbol -> its newest sequence number, and when that was first seen."""
        self._due = 0.0

    def look(self, counts: Callable[[], dict[str, int]]) -> dict[str, float]:
        """Return the symbols that are idle now, and for how many seconds.

        `counts` returns the newest sequence number of each symbol; it is called LOOKS times in `after`.
        """
        now = self._clock()
        if not self._after or now < self._due:
            return {}
        self._due = now + self._after / LOOKS
        before, self._seen = self._seen, {}
        idle = {}
        for symbol, q in counts().items():
            held = before.get(symbol)
            if held is None or held[0] != q:
                held = q, now
            self._seen[symbol] = held
            if now - held[1] >= self._after:
                idle[symbol] = now - held[1]
        return idle
