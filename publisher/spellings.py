"""Names that differ in case alone, and become one symbol when case is folded: told, because it is a loss.

`AMpB` and `AMPB` are two instruments on some exchanges. As one symbol they have one price series, and bars
from the lowest of both to the highest.
"""

from prometheus_client import Counter

from tickcast.runtime.rejects import Rejects
from tickcast.wire.bounds import MAX_SYMBOLS

TOLD = 10
"""Symbols that are told one by one; all are counted."""

COLLISIONS = Counter(
    "tickcast_publisher_case_collisions_total",
    "Symbols that stand for several names of the source, which differ in case alone",
)


class Spellings:
    """Remembers how the source spells each symbol. One for each input."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._told: set[str] = set()
        self._rejects = Rejects("error", TOLD)

    def note(self, name: str, symbol: str) -> None:
        """Take in that the source's `name` became `symbol`."""
        first = self._first.get(symbol)
        if first is None:
            if len(self._first) < MAX_SYMBOLS:
                self._first[symbol] = name
        elif first != name and symbol not in self._told:
            self._told.add(symbol)
            COLLISIONS.inc()
            self._rejects.add(
                "names that differ in case alone become one symbol, with one price and one bar for all of"
                " them: rename all but one at the source",
                symbol=symbol,
                names=[first, name],
            )
