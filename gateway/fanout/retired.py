"""Symbols that have left, while the ring still has their events: a client that resumes has to get these."""

from collections.abc import Iterable

from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring


class RetiredSymbols:
    """Retired symbols and their bar keys, oldest first. Groups keep them while the ring has their events."""

    def __init__(self, ring: Ring, symbols: LastValues, bars: LastValues) -> None:
        """`symbols` and `bars` have what the feed has now: a symbol may return."""
        self._ring = ring
        self._symbols = symbols
        self._bars = bars
        self.kept: dict[bytes, tuple[int, int, tuple[bytes, ...]]] = {}
        """Symbol -> partition and number of the notice, and its bar keys."""
        self.absent: dict[bytes, None] = {}
        """The symbols that groups keep although the feed does not have them now; an ordered set."""

    def add(self, symbol: bytes, partition: int, number: int, bar_keys: tuple[bytes, ...]) -> bool:
        """Keep a symbol from now on; tell whether it was not absent before."""
        before = self.kept.pop(symbol, (0, 0, ()))[2]
        self.kept[symbol] = partition, number, tuple(dict.fromkeys((*before, *bar_keys)))
        is_new = symbol not in self.absent
        self.absent[symbol] = None
        return is_new

    def take_absent(self, symbols: Iterable[bytes]) -> list[bytes]:
        """Return which of `symbols` are absent, and call them absent no longer."""
        found = [each for each in dict.fromkeys(symbols) if each in self.absent]
        for symbol in found:
            del self.absent[symbol]
        return found

    def take_expired(self) -> tuple[list[bytes], list[bytes]]:
        """Drop what the ring has no event of; return the symbols and bar keys that have not returned."""
        symbols: list[bytes] = []
        bars: list[bytes] = []
        while self.kept:
            symbol, (partition, number, keys) = next(iter(self.kept.items()))
            if self._ring.has(partition, number):
                break
            del self.kept[symbol]
            if symbol not in self._symbols:
                symbols.append(symbol)
            bars += [key for key in keys if key not in self._bars]
        return symbols, bars
