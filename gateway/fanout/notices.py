"""What was said of symbols lately, for streams that have not heard it: a symbol left, or its state changed.

Groups that get every tick hear a notice in its place among the ticks, and a client that resumes gets it from
the ring, as it gets the ticks around it. Conflating groups hear it at their turn, before the newest ticks:
what is newest then came after the symbol left. A gap is followed by the notices that it hid.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from tickcast.gateway.protocol.selection import Selection
from tickcast.wire.bounds import MAX_SYMBOLS


class Said(NamedTuple):
    """A notice."""

    number: int
    """Its number, counted with ticks and bars (`store/ring.py`)."""
    partition: int
    retires: bool
    event: bytes
    """The event, without a cursor."""


class Notices:
    """The newest notices of each kind of each symbol, and the state of each symbol that is not live."""

    def __init__(self) -> None:
        self.number = 0
        """Number of the newest notice."""
        self.states: dict[bytes, bytes] = {}
        """Symbol -> event with its state; a symbol that is not here is live."""
        self._said: dict[bytes, tuple[Said, ...]] = {}
        """Symbol -> when it left, if it did, then its newest state since; ordered by the newest."""

    def retire(self, number: int, partition: int, symbol: bytes, event: bytes) -> None:
        """Take the event that a symbol has left; its number is not below any before it."""
        self.states.pop(symbol, None)
        self._add(symbol, Said(number, partition, True, event))

    def change(self, number: int, partition: int, symbol: bytes, event: bytes, is_live: bool) -> None:
        """Take the event with the new state of a symbol; its number is not below any before it."""
        self.set_state(symbol, event, is_live)
        self._add(symbol, Said(number, partition, False, event))

    def set_state(self, symbol: bytes, event: bytes, is_live: bool) -> None:
        """Take the state of a symbol of which no stream needs to be informed."""
        if is_live:
            self.states.pop(symbol, None)
        else:
            self.states[symbol] = event

    def _add(self, symbol: bytes, said: Said) -> None:
        before = self._said.pop(symbol, ())
        kept = () if said.retires else tuple(each for each in before if each.retires)
        self._said[symbol] = (*kept, said)
        self.number = said.number
        if len(self._said) > MAX_SYMBOLS:
            del self._said[next(iter(self._said))]

    def since(self, number: int, selection: Selection) -> list[bytes]:
        """Return the events of a selection's notices after `number`, in order."""
        if number >= self.number:
            return []
        return self._events(said for said in self._after(number, selection) if said.number > number)

    def since_each(self, numbers: Sequence[int], selection: Selection) -> list[bytes]:
        """Return the events of a selection's notices after the number of their partition, in order."""
        low = min(numbers)
        if low >= self.number:
            return []
        return self._events(
            said for said in self._after(low, selection) if said.number > numbers[said.partition]
        )

    def states_of(self, symbols: Iterable[bytes]) -> list[bytes]:
        """Return the event of each of `symbols` that is not live."""
        if not self.states:
            return []
        get = self.states.get
        return [event for symbol in symbols if (event := get(symbol))]

    def _after(self, number: int, selection: Selection) -> Iterator[Said]:
        if not selection.prefixes:
            for name in selection.names:
                yield from self._said.get(name, ())
            return
        newer = takewhile(lambda symbol: self._said[symbol][-1].number > number, reversed(self._said))
        # In order, because several may have the same number.
        for symbol in reversed([each for each in newer if selection.has(each)]):
            yield from self._said[symbol]

    @staticmethod
    def _events(found: Iterable[Said]) -> list[bytes]:
        return [said.event for said in sorted(found, key=lambda said: said.number)]
