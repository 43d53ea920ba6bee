"""The ring: recent ticks and bars, ready to send again, so that a returning client costs Redis nothing."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from tickcast.gateway.store.event_log import EventLog
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import Cursor, encode_prefix, feed_epoch
from tickcast.wire.position import START, Position

BATCH_OVERHEAD = 300
"""Bytes that a batch takes beside its items."""


class HeldBatch(NamedTuple):
    """A batch in the ring: where it stands in its partition, and which numbers its items have."""

    position: Position
    first: int
    items: int
    expires: int
    """By the batch's own time, µs since the epoch."""

    @property
    def last(self) -> int:
        """The number of its last item."""
        return self.first + self.items - 1


class Ring:
    """Recent batches in the order in which this gateway took them.

    Its items are ticks under their symbols, and bars under their bar keys (`wire.bar.bar_key`). Each
    has a number, counting up by one over all partitions. `floor` is the number up to which they are
    gone; whoever has not got further cannot be served exactly.
    """

    def __init__(self, partitions: int, seconds: float, max_bytes: int) -> None:
        self.partitions = partitions
        self.number = 0
        """Number of the newest item."""
        self.floor = 0
        self._keep = int(seconds * 1_000_000)
        self._max_bytes = max_bytes
        self._epochs = [""] * partitions
        self._positions = [START] * partitions
        # Below it a partition's batches are gone.
        self._floors = [START] * partitions
        self._order: deque[int] = deque()
        self._batches: list[deque[HeldBatch]] = [deque() for _ in range(partitions)]
        self._event_log = EventLog()
        self._epoch = ""
        self.cursor = ""
        """The cursor of a client that has everything up to now, as text."""
        self._restart()

    def __len__(self) -> int:
        """Return the number of batches held."""
        return len(self._order)

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return self._event_log.size + BATCH_OVERHEAD * len(self._order)

    def reset(self, partition: int, epoch: str, position: Position) -> None:
        """Let `partition` go on from `position` of `epoch`, with a gap before it; forget what it held."""
        self._epochs[partition] = epoch
        self._positions[partition] = self._floors[partition] = position
        for held in self._batches[partition]:
            self._event_log.forget(held.first, held.items)
        self._batches[partition].clear()
        self._order = deque(other for other in self._order if other != partition)
        # One number is spent on the gap itself: who was here before is behind it, who comes after is not.
        self._event_log.skip()
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
        self._event_log.add(items, events)
        self.number += len(events)
        self._batches[partition].append(HeldBatch(batch.id, first, len(events), batch.sent + self._keep))
        self._order.append(partition)
        while self._order and (self.size > self._max_bytes or self._oldest().expires < batch.sent):
            self._drop()
        return first

    def _oldest(self) -> HeldBatch:
        return self._batches[self._order[0]][0]

    def _drop(self) -> None:
        partition = self._order.popleft()
        oldest = self._batches[partition].popleft()
        self._event_log.drop(oldest.first, oldest.items)
        self._floors[partition] = oldest.position
        # Not below a gap: another partition's batches of before it may still be here.
        self.floor = max(self.floor, oldest.last)

    def position(self, partition: int) -> Position:
        """Return where a partition stands."""
        return self._positions[partition]

    def ahead_in(self, cursor: Cursor) -> int | None:
        """Return a partition of which a cursor of this epoch has seen batches that this gateway has not yet.

        None if there is none.
        """
        if cursor.epoch != self._epoch or len(cursor.positions) != len(self._positions):
            return None
        for partition, (theirs, ours) in enumerate(zip(cursor.positions, self._positions, strict=True)):
            if theirs > ours:
                return partition
        return None

    def is_ahead(self, cursor: Cursor) -> bool:
        """Tell whether there is one."""
        return self.ahead_in(cursor) is not None

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
        # Of another partition something may be held still that is from before a gap in this one.
        return found if min(found) >= self.floor else None

    def _number(self, partition: int, position: Position, place: int | None) -> int | None:
        if position < self._floors[partition]:
            return None
        if position == self._positions[partition] and place is None:
            return self.number
        held = self._batches[partition]
        at = bisect_left(held, position, key=lambda batch: batch.position)
        if at < len(held) and held[at].position == position:
            return held[at].last if place is None else min(held[at].first - 1 + place, held[at].last)
        if place is not None:
            return None  # a part of a batch that is no longer here
        return held[at].first - 1 if at < len(held) else self.number

    def count(self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]) -> int:
        """Return how many events of `keys` there are after `numbers`; see `EventLog.since`."""
        return self._event_log.count(numbers, keys, partitions)

    def since(
        self, numbers: list[int], end: int, keys: Iterable[bytes], partitions: Iterable[int]
    ) -> tuple[list[bytes], int]:
        """Return the next events of `keys` after `numbers`, and what they reach; see `EventLog.since`."""
        return self._event_log.since(numbers, end, keys, partitions)
