"""The event store: events by number, and the numbers of each key. What a ring is made of."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable

MOST = 512
"""Events that are looked up in one go, or one for each key if these are more: 100 KB, and less than 1 ms."""

ITEM = 100
"""Bytes that an item takes beside the text of its event: the object's head, and its places in three lists."""

KEY = 350
"""Bytes that a key takes: its text, a dictionary's entry, and an array of its own."""


class Line:
    """The numbers of a key's items, growing."""

    __slots__ = ("gone", "key", "numbers")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.numbers = array("Q")
        self.gone = 0
        """How many of the first numbers are those of items that have left."""


_NOBODY = Line(b"")


class EventStore:
    """Items are numbered without a hole from 1 on, and leave in the order in which they came."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes held: within a tenth of resident memory, measured.

        For one turnover it can be half more: when all events come to need a byte more at once, and the
        room for shorter ones is not free yet.
        """
        self._events: list[bytes] = []
        self._owners: list[Line] = []
        # The number of the first of these.
        self._base = 1
        self._lines: dict[bytes, Line] = {}

    def add(self, items: Iterable[tuple[bytes, object]], events: list[bytes]) -> None:
        """Take the next items, each with its key first, and the events beside them."""
        lines, own = self._lines, self._owners.append
        for number, (key, _) in enumerate(items, self._base + len(self._events)):
            line = lines.get(key)
            if line is None:
                line = lines[key] = Line(key)
                self.size += KEY
            line.numbers.append(number)
            own(line)
        self._events += events
        self.size += sum(map(len, events)) + ITEM * len(events)

    def skip(self) -> None:
        """Spend a number on nothing."""
        self._events.append(b"")
        self._owners.append(_NOBODY)

    def drop(self, first: int, count: int) -> None:
        """Forget the oldest items, `count` of them from the number `first` on."""
        end = first - self._base + count
        for line in self._blank(first, count):
            line.gone += 1
            # Room is made only once the larger half is gone: that costs next to nothing on the whole.
            if 2 * line.gone > len(line.numbers):
                del line.numbers[: line.gone]
                line.gone = 0
                if not line.numbers:
                    self._remove(line)
        if 2 * end > len(self._events):
            del self._events[:end], self._owners[:end]
            self._base += end

    def forget(self, first: int, count: int) -> None:
        """Forget items, wherever they are, and every other of the same keys."""
        for line in set(self._blank(first, count)):
            self._remove(line)

    def _blank(self, first: int, count: int) -> list[Line]:
        at = first - self._base
        places = slice(at, at + count)
        owners = self._owners[places]
        self.size -= sum(map(len, self._events[places])) + ITEM * count
        self._events[places] = [b""] * count
        self._owners[places] = [_NOBODY] * count
        return owners

    def _remove(self, line: Line) -> None:
        if self._lines.pop(line.key, None) is not None:
            self.size -= KEY

    def count(self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]) -> int:
        """Return how many events of `keys` there are after `numbers`; see `since`."""
        return sum(len(line) - at for line, at in self._after(numbers, keys, partitions))

    def since(
        self, numbers: list[int], end: int, keys: Iterable[bytes], partitions: Iterable[int]
    ) -> tuple[list[bytes], int]:
        """Return the next events of `keys` after `numbers`, in order, and the number that they reach.

        That is `end` at most. `numbers` has one for each partition, and `partitions` tells that of each
        key, beside it. The work is that of what is returned, not of what is held: ten thousand clients
        may come back at once. So is the memory: one of them may have missed all that is held.
        """
        lines = self._after(numbers, keys, partitions)
        low, most = min(numbers), max(MOST, len(lines))
        # Without a look at each line it is known that so few numbers are few enough.
        while end - low > most:
            ends = [bisect_right(line, end, at) for line, at in lines]
            count = sum(ends) - sum(at for _, at in lines)
            if count <= most:
                break
            # As if they were spread evenly, and some less: each try costs as much as what is looked for.
            end = low + max(1, (end - low) * most * 3 // (4 * count))
        else:
            ends = [bisect_right(line, end, at) for line, at in lines]
        found = array("Q")
        for (line, at), to in zip(lines, ends, strict=True):
            if to > at:
                found += line[at:to]
        events, base = self._events, self._base
        return [events[number - base] for number in sorted(found)], end

    def _after(
        self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]
    ) -> list[tuple[array[int], int]]:
        """Return the numbers of each of `keys` that has any after `numbers`, and where these begin."""
        get = self._lines.get
        return [
            (line.numbers, bisect_right(line.numbers, after))
            for key, partition in zip(keys, partitions, strict=True)
            if (line := get(key)) is not None and line.numbers[-1] > (after := numbers[partition])
        ]
