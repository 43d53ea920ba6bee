"""How many final bars to keep of each symbol: it bounds the memory for any number of symbols. Pure."""

from typing import NamedTuple

from tickcast.wire.bounds import MAX_HISTORY

BAR_BYTES = 140
"""Bytes that a bar takes in Redis, about: 118 were measured for a stock, more for many digits."""

_LIST_BYTES = 100
"""Bytes that a list takes in Redis without its bars, about."""

_TEN_MINUTES = 600


class KeptBars(NamedTuple):
    """Numbers of final bars to keep of each symbol, at most."""

    seconds: int
    """Bars of a second."""
    minutes: int
    """Bars of a minute."""


MAX_KEPT = KeptBars(_TEN_MINUTES, MAX_HISTORY)
"""The most that is kept: ten minutes of seconds and a day of minutes."""


class BarRetention:
    """Divides the memory for bars among the symbols of a feed."""

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes` is the memory for all bars of all symbols in Redis."""
        self.kept = MAX_KEPT
        """Final bars to keep of each symbol now."""
        self._max_bytes = max_bytes
        self._symbols = 0

    def fit(self, symbols: int) -> bool:
        """Fit the bars of `symbols` symbols into the memory. Return True if fewer of each are kept now.

        Space is reserved for an eighth more symbols, because every change trims all lists in Redis.
        """
        if symbols <= self._symbols:
            return False
        self._symbols = symbols + symbols // 8
        before, self.kept = self.kept, _shared(self._max_bytes // self._symbols)
        return self.kept != before


def _shared(room: int) -> KeptBars:
    """Return what fits into `room` bytes: minutes first, but an eighth for seconds; at least one of each."""
    bars = max(2, (room - 2 * _LIST_BYTES) // BAR_BYTES)
    minutes = min(MAX_KEPT.minutes, bars - min(MAX_KEPT.seconds, bars // 8 or 1))
    return KeptBars(min(MAX_KEPT.seconds, bars - minutes), minutes)
