"""How often a conflated stream brings its symbols: once in an interval, and a little uneven at most. Pure."""

from collections import Counter

UNEVEN = 3
"""Ticks of a symbol that may come beyond one in each interval."""


class Pace:
    """Counts the ticks of one client since its stream was asked for or changed."""

    def __init__(self, interval: int) -> None:
        """`interval` of the stream, ms; of one that conflates nothing no tick is counted."""
        self._interval = interval * 1000
        self._ticks: Counter[str] = Counter()
        self._first: dict[str, int] = {}
        """When the first tick of each symbol was accepted, µs."""
        self._since = 0

    def begin(self, at: int) -> None:
        """Count from `at` on: the stream may have its turn at other moments than before."""
        self._since = at
        self.clear()

    def clear(self) -> None:
        """Forget what was counted: other symbols are sent from now on."""
        self._ticks.clear()
        self._first.clear()

    def too_often(self, symbol: str, at: int, accepted: int) -> str:
        """Count a tick that came at `at` and was accepted at `accepted`; return what is wrong, or nothing."""
        self._ticks[symbol] += 1
        # What waited in a buffer comes at once: it was accepted one after the other.
        took = max(at - self._since, accepted - self._first.setdefault(symbol, accepted))
        if self._ticks[symbol] > took / self._interval + UNEVEN:
            return f"{symbol}: {self._ticks[symbol]} updates in {took / 1e6:.2f} s"
        return ""
