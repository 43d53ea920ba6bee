"""What was said of symbols lately, for streams that have not heard it: a symbol left, or its state changed.

Groups that get every tick hear a notice in its place among the ticks, and a client that resumes gets it from
the ring, as it gets the ticks around it. Conflating groups hear it at their turn, before the newest ticks:
what is newest then came after the symbol left. A gap is followed by the notices that it hid.

So a notice has to be kept while the ring can replay from before it, and as long as an open stream or a group
stands before it: the gap of that stream has to say what it hid. Nobody else can lack it. A client that comes
back with an older cursor is reset, and forgets what it holds.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from tickcast.gateway.protocol.selection import Selection
from tickcast.gateway.store.ring import Ring
from tickcast.wire.bounds import MAX_SYMBOLS


class Said(NamedTuple):
    """A notice."""

    number: int
    """Its number, counted with ticks and bars (`store/ring.py`)."""
    event: bytes
    """The event, without a cursor."""


class SaidOfSymbol:
    """What was said of one symbol, as far as a stream may not have heard it."""

    __slots__ = ("changed", "left", "partition", "retired")

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self.left: list[int] = []
        """Numbers of the notices that retired it, ascending, while the ring can replay from before them."""
        self.retired: Said | None = None
        """When it left last."""
        self.changed: Said | None = None
        """Its newest state since."""

    @property
    def number(self) -> int:
        """The number of the newest notice."""
        newest = self.changed or self.retired
        return newest.number if newest else 0

    def after(self, number: int) -> Iterator[Said]:
        """Yield what was said after a number: when it left last, then its newest state."""
        for said in (self.retired, self.changed):
            if said is not None and said.number > number:
                yield said

    def left_within(self, number: int, end: int) -> int:
        """Return the number of the last notice after `number`, up to `end`, that retired it; 0: none."""
        at = bisect_right(self.left, end)
        return self.left[at - 1] if at and self.left[at - 1] > number else 0


class Notices:
    """The newest notices of each kind of each symbol, and the state of each symbol that is not live."""

    def __init__(self, ring: Ring) -> None:
        self.number = 0
        """Number of the newest notice."""
        self.floor = 0
        """Number up to which notices were forgotten although a stream lacks them: there were too many."""
        self.states: dict[bytes, bytes] = {}
        """Symbol -> event with its state; a symbol that is not here is live."""
        self._ring = ring
        self._said: dict[bytes, SaidOfSymbol] = {}
        """By symbol; ordered by the newest notice of each."""

    def __len__(self) -> int:
        """Return the number of symbols with a notice."""
        return len(self._said)

    def retire(self, number: int, partition: int, symbol: bytes, event: bytes) -> None:
        """Take the event that a symbol has left; its number is not below any before it."""
        self.states.pop(symbol, None)
        said = self._newest(number, partition, symbol)
        while said.left and not self._ring.has(partition, said.left[0]):
            del said.left[0]
        said.left.append(number)
        said.retired, said.changed = Said(number, event), None

    def change(self, number: int, partition: int, symbol: bytes, event: bytes, is_live: bool) -> None:
        """Take the event with the new state of a symbol; its number is not below any before it."""
        self.set_state(symbol, event, is_live)
        self._newest(number, partition, symbol).changed = Said(number, event)

    def set_state(self, symbol: bytes, event: bytes, is_live: bool) -> None:
        """Take the state of a symbol of which no stream needs to be informed."""
        if is_live:
            self.states.pop(symbol, None)
        else:
            self.states[symbol] = event

    def _newest(self, number: int, partition: int, symbol: bytes) -> SaidOfSymbol:
        said = self._said.pop(symbol, None) or SaidOfSymbol(partition)
        self._said[symbol] = said
        self.number = number
        return said

    @property
    def outlast_ring(self) -> bool:
        """Tell whether there are notices that the ring cannot replay any more."""
        return bool(self._said) and not self._is_in_ring(next(iter(self._said.values())))

    def _is_in_ring(self, said: SaidOfSymbol) -> bool:
        return self._ring.has(said.partition, said.number)

    def forget(self, lowest: int) -> None:
        """Forget what neither the ring can replay nor a stream lacks, of which the lowest stands at `lowest`.

        Of more than MAX_SYMBOLS those that the ring cannot replay are forgotten all the same, up to `floor`.
        """
        while self.outlast_ring:
            symbol, said = next(iter(self._said.items()))
            if said.number > lowest:
                if len(self._said) <= MAX_SYMBOLS:
                    break
                self.floor = said.number
            del self._said[symbol]

    def since(self, number: int, selection: Selection) -> list[bytes]:
        """Return the events of a selection's notices after `number`, in order."""
        if number >= self.number:
            return []
        return _in_order(each for said in self._after(number, selection) for each in said.after(number))

    def since_each(self, numbers: Sequence[int], selection: Selection) -> list[bytes]:
        """Return the events of a selection's notices after the number of their partition, in order."""
        low = min(numbers)
        if low >= self.number:
            return []
        found = self._after(low, selection)
        return _in_order(each for said in found for each in said.after(numbers[said.partition]))

    def left_within(self, numbers: Sequence[int], end: int, selection: Selection) -> dict[bytes, int]:
        """Return, of a selection, each symbol that left after the number of its partition, up to `end`.

        With the number of the last notice that says so.
        """
        low = min(numbers)
        if low >= self.number:
            return {}
        return {
            symbol: left
            for symbol, said in self._named_after(low, selection)
            if (left := said.left_within(numbers[said.partition], end))
        }

    def states_of(self, symbols: Iterable[bytes]) -> list[bytes]:
        """Return the event of each of `symbols` that is not live."""
        if not self.states:
            return []
        get = self.states.get
        return [event for symbol in symbols if (event := get(symbol))]

    def _after(self, number: int, selection: Selection) -> Iterator[SaidOfSymbol]:
        return (said for _, said in self._named_after(number, selection))

    def _named_after(self, number: int, selection: Selection) -> Iterator[tuple[bytes, SaidOfSymbol]]:
        """Yield the symbols of a selection of which something was said after a number, by that."""
        if not selection.prefixes:
            get = self._said.get
            yield from ((name, said) for name in selection.names if (said := get(name)))
            return
        newer = takewhile(lambda pair: pair[1].number > number, reversed(self._said.items()))
        # In order, because several may have the same number.
        yield from reversed([pair for pair in newer if selection.has(pair[0])])


def _in_order(found: Iterable[Said]) -> list[bytes]:
    return [said.event for said in sorted(found, key=lambda said: said.number)]
