"""How many final bars to keep of each symbol: it bounds the memory for any number of symbols. Pure."""

from tickcast.wire.bar import ALL_INTERVALS, INTERVALS

BAR_BYTES = 140
"""Bytes that a bar takes in Redis, about: 118 were measured for a stock, more for many digits."""

_LIST_BYTES = 100
"""Bytes that a list takes in Redis without its bars, about."""

KeptBars = dict[str, int]
"""Interval -> number of final bars to keep of each symbol, at most, for every interval of `INTERVALS`."""

MAX_KEPT: KeptBars = {name: ALL_INTERVALS[name].kept for name in INTERVALS}
"""The most that is kept: ten minutes of seconds, a day of minutes, ten days of quarters and 400 days."""

SHARES = {"1s": 1, "1m": 4, "15m": 1, "1d": 2}
"""Eighths of the memory. What an interval does not need is divided among the others likewise."""


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
    """Return what fits into `room` bytes; at least one bar of each interval."""
    bars = (room - len(SHARES) * _LIST_BYTES) // BAR_BYTES
    kept, shares = dict.fromkeys(SHARES, 1), dict(SHARES)
    while shares:
        each = bars // sum(shares.values())
        whole = [name for name, share in shares.items() if each * share >= MAX_KEPT[name]]
        for name in whole:
            kept[name] = MAX_KEPT[name]
            bars -= MAX_KEPT[name]
            del shares[name]
        if not whole:
            return kept | {name: max(1, each * share) for name, share in shares.items()}
    return kept


def as_arguments(kept: KeptBars) -> tuple[str, str]:
    """Return how many final bars to keep, as scripts take it: intervals, and a number for each."""
    return " ".join(kept), " ".join(map(str, kept.values()))
