"""How many final bars of each symbol are kept, so that Redis's memory is bounded for any number. Pure."""

from typing import NamedTuple

from tickcast.wire.bounds import MAX_HISTORY

BAR_BYTES = 140
"""Bytes that Redis takes for a bar, about: 118 measured for a stock's, more for many digits."""

_LIST_BYTES = 100
"""Bytes that Redis takes for a list beside its bars, about."""

_TEN_MINUTES = 600


class Kept(NamedTuple):
    """Final bars of a symbol to keep, at most."""

    seconds: int
    minutes: int


ALL = Kept(_TEN_MINUTES, MAX_HISTORY)
"""What is kept where there is room."""


class BarRetention:
    """Divides the room for bars among the symbols of a feed."""

    def __init__(self, max_bytes: int) -> None:
        self.kept = ALL
        self._max_bytes = max_bytes
        self._symbols = 0

    def fit(self, symbols: int) -> bool:
        """Make room for so many symbols; return True if fewer bars of each are kept from now on.

        That comes in steps of an eighth, because each costs a look at all the lists.
        """
        if symbols <= self._symbols:
            return False
        self._symbols = symbols + symbols // 8
        before, self.kept = self.kept, _shared(self._max_bytes // self._symbols)
        return self.kept != before


def _shared(room: int) -> Kept:
    """Return what `room` bytes hold: minutes first, but an eighth for seconds; one of each at least."""
    bars = max(2, (room - 2 * _LIST_BYTES) // BAR_BYTES)
    minutes = min(ALL.minutes, bars - min(ALL.seconds, bars // 8 or 1))
    return Kept(min(ALL.seconds, bars - minutes), minutes)
