"""The event store: events by number, and the numbers of each key. What a ring is made of."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable

MAX_LOOKUP = 512
"""Events that are looked up in one go, or one for each key if these are more: 100 KB, and less than 1 ms."""

ITEM_OVERHEAD = 100
"""Bytes that an item takes beside the text of its event: the object's head, and its places in three lists."""

KEY_OVERHEAD = 350
"""Bytes that a key takes: its text, a dictionary's entry, and an array of its own."""


class KeyLog:
    """The numbers of a key's items, growing."""

    __slots__ = ("gone", "key", "numbers")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.numbers = array("Q")
        self.gone = 0
        """How many of the first numbers are those of items that have left."""


_NO_KEY = KeyLog(b"")


class EventLog:
    """Items are numbered without a hole from 1 on, and leave in the order in which they came."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes held: within a tenth of resident memory, measured.

        For one turnover it can be half more: when all events come to need a byte more at once, and the
        room for shorter ones is not free yet.
        """
        self._events: list[bytes] = []
        self._owners: list[KeyLog] = []
        # The number of the first of these.
        self._base = 1
        self._key_logs: dict[bytes, KeyLog] = {}

    def add(self, items: Iterable[tuple[bytes, object]], events: list[bytes]) -> None:
        """Take the next items, each with its key first, and the events beside them."""
        key_logs, own = self._key_logs, self._owners.append
        for number, (key, _) in enumerate(items, self._base + len(self._events)):
            key_log = key_logs.get(key)
            if key_log is None:
                key_log = key_logs[key] = KeyLog(key)
                self.size += KEY_OVERHEAD
            key_log.numbers.append(number)
            own(key_log)
        self._events += events
        self.size += sum(map(len, events)) + ITEM_OVERHEAD * len(events)

    def skip(self) -> None:
        """Spend a number on nothing."""
        self._events.append(b"")
        self._owners.append(_NO_KEY)

    def drop(self, first: int, count: int) -> None:
        """Forget the oldest items, `count` of them from the number `first` on."""
        end = first - self._base + count
        for key_log in self._blank(first, count):
            key_log.gone += 1
            # Room is made only once the larger half is gone: that costs next to nothing on the whole.
            if 2 * key_log.gone > len(key_log.numbers):
                del key_log.numbers[: key_log.gone]
                key_log.gone = 0
                if not key_log.numbers:
                    self._remove(key_log)
        if 2 * end > len(self._events):
            del self._events[:end], self._owners[:end]
            self._base += end

    def forget(self, first: int, count: int) -> None:
        """Forget items, wherever they are, and every other of the same keys."""
        for key_log in set(self._blank(first, count)):
            self._remove(key_log)

    def _blank(self, first: int, count: int) -> list[KeyLog]:
        at = first - self._base
        places = slice(at, at + count)
        owners = self._owners[places]
        self.size -= sum(map(len, self._events[places])) + ITEM_OVERHEAD * count
        self._events[places] = [b""] * count
        self._owners[places] = [_NO_KEY] * count
        return owners

    def _remove(self, key_log: KeyLog) -> None:
        if self._key_logs.pop(key_log.key, None) is not None:
            self.size -= KEY_OVERHEAD

    def count(self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]) -> int:
        """Return how many events of `keys` there are after `numbers`; see `since`."""
        return sum(len(key_numbers) - start for key_numbers, start in self._after(numbers, keys, partitions))

    def since(
        self, numbers: list[int], end: int, keys: Iterable[bytes], partitions: Iterable[int]
    ) -> tuple[list[bytes], int]:
        """Return the next events of `keys` after `numbers`, in order, and the number that they reach.

        That is `end` at most. `numbers` has one for each partition, and `partitions` tells that of each
        key, beside it. The work is that of what is returned, not of what is held: ten thousand clients
        may come back at once. So is the memory: one of them may have missed all that is held.
        """
        matches = self._after(numbers, keys, partitions)
        low, most = min(numbers), max(MAX_LOOKUP, len(matches))
        # Without a look at each key it is known that so few numbers are few enough.
        while end - low > most:
            ends = [bisect_right(key_numbers, end, start) for key_numbers, start in matches]
            count = sum(ends) - sum(start for _, start in matches)
            if count <= most:
                break
            # As if they were spread evenly, and some less: each try costs as much as what is looked for.
            end = low + max(1, (end - low) * most * 3 // (4 * count))
        else:
            ends = [bisect_right(key_numbers, end, start) for key_numbers, start in matches]
        found = array("Q")
        for (key_numbers, start), stop in zip(matches, ends, strict=True):
            if stop > start:
                found += key_numbers[start:stop]
        events, base = self._events, self._base
        return [events[number - base] for number in sorted(found)], end

    def _after(
        self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]
    ) -> list[tuple[array[int], int]]:
        """Return the numbers of each of `keys` that has any after `numbers`, and where these begin."""
        get = self._key_logs.get
        return [
            (key_log.numbers, bisect_right(key_log.numbers, after))
            for key, partition in zip(keys, partitions, strict=True)
            if (key_log := get(key)) is not None and key_log.numbers[-1] > (after := numbers[partition])
        ]
