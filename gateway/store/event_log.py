"""The event log: recent events by number, and the numbers of each key. The ring keeps its events here."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping

MAX_LOOKUP = 512
"""Events that one look-up returns at most, or one for each key if there are more keys: 100 KB, < 1 ms."""

ITEM_OVERHEAD = 100
"""Bytes that an item takes beside the text of its event: an object header, and entries in three lists."""

KEY_OVERHEAD = 350
"""Bytes that a key takes: its text, an entry of a dictionary, and an array."""

NONE: Mapping[bytes, int] = {}
"""No key begins later than its partition."""


class KeyLog:
    """The numbers of a key's items, ascending."""

    __slots__ = ("gone", "key", "numbers")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.numbers = array("Q")
        self.gone = 0
        """How many of the first numbers belong to items that were dropped."""


_NO_KEY = KeyLog(b"")


class EventLog:
    """Items are numbered from 1 without a hole, and dropped in that order."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes held: within a tenth of resident memory, measured.

        Resident memory can be half more for a while: if all events become a byte longer at once, the
        memory of the shorter ones is not free yet.
        """
        self._events: list[bytes] = []
        self._owners: list[KeyLog] = []
        # The number of the first event in these two lists.
        self._base = 1
        self._key_logs: dict[bytes, KeyLog] = {}

    def add(self, items: Iterable[tuple[bytes, object]], events: list[bytes]) -> None:
        """Append items, each a tuple that begins with its key, and their events in the same order."""
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
        """Use up one number without an item."""
        self._events.append(b"")
        self._owners.append(_NO_KEY)

    def drop(self, first: int, count: int) -> None:
        """Drop the oldest items: `count` of them, from the number `first` on."""
        end = first - self._base + count
        for key_log in self._blank(first, count):
            key_log.gone += 1
            # Numbers are deleted only once more than half are gone, so each deletion pays for itself.
            if 2 * key_log.gone > len(key_log.numbers):
                del key_log.numbers[: key_log.gone]
                key_log.gone = 0
                if not key_log.numbers:
                    self._remove(key_log)
        if 2 * end > len(self._events):
            del self._events[:end], self._owners[:end]
            self._base += end

    def forget(self, first: int, count: int) -> None:
        """Drop `count` items from the number `first` on, and all others of the same keys."""
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

    def keys_after(self, number: int) -> list[bytes]:
        """Return the keys of the items after `number`, each once. None of these items may be dropped."""
        return [key_log.key for key_log in dict.fromkeys(self._owners[number + 1 - self._base :])]

    def count(
        self,
        numbers: list[int],
        keys: Iterable[bytes],
        partitions: Iterable[int],
        later: Mapping[bytes, int] = NONE,
    ) -> int:
        """Return the number of events of `keys` after `numbers`; the arguments are those of `since`."""
        after = self._after(numbers, keys, partitions, later)
        return sum(len(key_numbers) - start for key_numbers, start in after)

    def since(
        self,
        numbers: list[int],
        end: int,
        keys: Iterable[bytes],
        partitions: Iterable[int],
        later: Mapping[bytes, int] = NONE,
    ) -> tuple[list[bytes], int]:
        """Return the next events of `keys` after `numbers`, in order, and the number that they reach.

        That number is `end` at most. `numbers` has a number for each partition; `partitions` has the
        partition of each key, in the order of `keys`. Keys in `later` begin only after their number there.
        Work and memory grow with the events returned, not with the events held: ten thousand clients may
        come back at once, each having missed them all.
        """
        matches = self._after(numbers, keys, partitions, later)
        low, most = min(numbers), max(MAX_LOOKUP, len(matches))
        # So few numbers are few enough; no look at each key is needed to know it.
        while end - low > most:
            ends = [bisect_right(key_numbers, end, start) for key_numbers, start in matches]
            count = sum(ends) - sum(start for _, start in matches)
            if count <= most:
                break
            # Assume an even spread, and aim a quarter lower: each try costs as much as the look-up itself.
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
        self,
        numbers: list[int],
        keys: Iterable[bytes],
        partitions: Iterable[int],
        later: Mapping[bytes, int],
    ) -> list[tuple[array[int], int]]:
        """Return the numbers of each key that has items after `numbers`, and the index of the first."""
        get, pairs = self._key_logs.get, zip(keys, partitions, strict=True)
        if later:
            starts = [(key, max(numbers[partition], later.get(key, 0))) for key, partition in pairs]
            return [
                (key_log.numbers, bisect_right(key_log.numbers, after))
                for key, after in starts
                if (key_log := get(key)) is not None and key_log.numbers[-1] > after
            ]
        return [
            (key_log.numbers, bisect_right(key_log.numbers, after))
            for key, partition in pairs
            if (key_log := get(key)) is not None and key_log.numbers[-1] > (after := numbers[partition])
        ]
