"""The ring: recent ticks and bars, ready to send again, so that a returning client costs Redis nothing."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from wire.batch import Batch
from wire.cursor import Cursor, encode_prefix, feed_epoch
from wire.position import START, Position

OVERHEAD = 200
"""Bytes that a tick takes beside its event: tuples, integers and object headers."""


class Held(NamedTuple):
    """A batch in the ring: where it stands in its partition, and which numbers its items have."""

    position: Position
    first: int
    items: list[tuple[bytes, bytes]]
    """(symbol or bar key, JSON) in order."""
    size: int
    expires: int
    """By the batch's own time, µs since the epoch."""


class Ring:
    """Recent batches in the order in which this gateway took them.

    Its items are ticks under their symbols, and bars under their bar keys (`wire.bar.bar_key`). Each
    has a number, counting up by one over all partitions. `floor` is the number up to which they are
    gone; whoever has not got further cannot be served exactly.
    """

    def __init__(self, partitions: int, seconds: float, max_bytes: int) -> None:
        self.number = 0
        """Number of the newest item."""
        self.floor = 0
        self.size = 0
        """Bytes held, about."""
        self._keep = int(seconds * 1_000_000)
        self._max_bytes = max_bytes
        self._epochs = [""] * partitions
        self._positions = [START] * partitions
        # Below it a partition's batches are gone.
        self._floors = [START] * partitions
        self._order: deque[int] = deque()
        self._batches: list[deque[Held]] = [deque() for _ in range(partitions)]
        self._events: dict[bytes, deque[tuple[int, bytes]]] = {}
        self._epoch = ""
        self.cursor = ""
        """The cursor of a client that has everything up to now, as text."""
        self._restart()

    def __len__(self) -> int:
        """Return the number of batches held."""
        return len(self._order)

    def reset(self, partition: int, epoch: str, position: Position) -> None:
        """Let `partition` go on from `position` of `epoch`, with a gap before it; forget what it held."""
        self._epochs[partition] = epoch
        self._positions[partition] = self._floors[partition] = position
        for held in self._batches[partition]:
            self.size -= held.size
            for key, _ in held.items:
                self._events.pop(key, None)
        self._batches[partition].clear()
        self._order = deque(other for other in self._order if other != partition)
        # One number is spent on the gap itself: who was here before is behind it, who comes after is not.
        self.number += 1
        self.floor = self.number
        self._restart()

    def _restart(self) -> None:
        self._epoch = feed_epoch(self._epochs)
        self.cursor = encode_prefix(self._epoch, tuple(self._positions))

    def begin(self, partition: int, batch: Batch) -> str:
        """Move on to `batch`, which follows the one before; return the cursor of its end."""
        self._positions[partition] = batch.id
        self.cursor = encode_prefix(self._epoch, tuple(self._positions), partition)
        return self.cursor

    def hold(self, partition: int, batch: Batch, events: list[bytes]) -> int:
        """Number the ticks of `batch`, then its bars, and keep their events; return the first number."""
        items = batch.ticks + batch.bars if batch.bars else batch.ticks
        first = self.number + 1
        number = self.number
        held = self._events
        size = 0
        for (key, _), sent in zip(items, events, strict=True):
            number += 1
            size += len(sent)
            line = held.get(key)
            if line is None:
                line = held[key] = deque()
            line.append((number, sent))
        self.number = number
        size += OVERHEAD * len(events)
        self.size += size
        self._batches[partition].append(Held(batch.id, first, items, size, batch.sent + self._keep))
        self._order.append(partition)
        while self._order and (self.size > self._max_bytes or self._oldest().expires < batch.sent):
            self._drop()
        return first

    def _oldest(self) -> Held:
        return self._batches[self._order[0]][0]

    def _drop(self) -> None:
        partition = self._order.popleft()
        oldest = self._batches[partition].popleft()
        for key, _ in oldest.items:
            line = self._events[key]
            line.popleft()
            if not line:
                del self._events[key]
        self.size -= oldest.size
        self._floors[partition] = oldest.position
        self.floor = oldest.first + len(oldest.items) - 1

    def is_ahead(self, cursor: Cursor) -> bool:
        """Tell whether a cursor of this epoch has seen batches that this gateway has not yet."""
        if cursor.epoch != self._epoch or len(cursor.positions) != len(self._positions):
            return False
        return any(theirs > ours for theirs, ours in zip(cursor.positions, self._positions, strict=True))

    def numbers(self, cursor: Cursor) -> list[int] | None:
        """Return, for each partition, the number up to which the client has its items.

        None if the ring cannot tell what lies after the cursor: another epoch, or too old.
        The cursor is not ahead.
        """
        if cursor.epoch != self._epoch or len(cursor.positions) != len(self._positions):
            return None
        found = []
        for partition, position in enumerate(cursor.positions):
            place = cursor.place if partition == cursor.partition else None
            number = self._number(partition, position, place)
            if number is None:
                return None
            found.append(number)
        return found

    def _number(self, partition: int, position: Position, place: int | None) -> int | None:
        if position < self._floors[partition]:
            return None
        held = self._batches[partition]
        at = bisect_left(held, position, key=lambda batch: batch.position)
        if at < len(held) and held[at].position == position:
            count = len(held[at].items)
            return held[at].first - 1 + (count if place is None else min(place, count))
        if place is not None:
            return None  # a part of a batch that is no longer here
        return held[at].first - 1 if at < len(held) else self.number

    def since(self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]) -> list[bytes]:
        """Return the events of `keys` after `numbers`, in order.

        `partitions` tells the partition of each key, beside it. The work is that of what
        is returned, not of what is held: ten thousand clients may come back at once.
        """
        found: list[tuple[int, bytes]] = []
        held = self._events
        for key, partition in zip(keys, partitions, strict=True):
            line = held.get(key)
            if line is None:
                continue
            after = numbers[partition]
            for entry in reversed(line):
                if entry[0] <= after:
                    break
                found.append(entry)
        found.sort()
        return [sent for _, sent in found]
