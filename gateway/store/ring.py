"""The ring: recent ticks and bars, ready to send again, so that a resume costs Redis nothing."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from tickcast.gateway.store.event_log import EventLog
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import Cursor, encode_prefix, feed_epoch
from tickcast.wire.position import START, Position

BATCH_OVERHEAD = 300
"""Bytes that a batch in the ring takes beside its items."""


class HeldBatch(NamedTuple):
    """A batch in the ring: its position in its partition, and the numbers of its items."""

    position: Position
    first: int
    """The number of its first item."""
    items: int
    """How many items it has."""
    expires: int
    """When it leaves, by the clock of the publisher (`Batch.sent`), in µs since the epoch."""

    @property
    def last(self) -> int:
        """The number of its last item."""
        return self.first + self.items - 1


class Ring:
    """Recent batches, in the order in which this gateway received them.

    The items are ticks, by symbol, and bars, by bar key (`wire.bar.bar_key`). Each item has a number,
    counting up by one over all partitions. Items up to the number `floor` are gone: a stream that
    stands below it cannot be replayed exactly.
    """

    def __init__(self, partitions: int, seconds: float, max_bytes: int) -> None:
        """Keep each batch for `seconds`, and at most `max_bytes` bytes in all."""
        self.partitions = partitions
        self.number = 0
        """Number of the newest item."""
        self.floor = 0
        """Number up to which items are gone."""
        self._keep = int(seconds * 1_000_000)
        self._max_bytes = max_bytes
        self._epochs = [""] * partitions
        self._positions = [START] * partitions
        # Each partition's position below which its batches are gone.
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
        """Bytes of memory, about."""
        return self._event_log.size + BATCH_OVERHEAD * len(self._order)

    def reset(self, partition: int, epoch: str, position: Position) -> None:
        """Continue `partition` from `position` of `epoch` after a gap; drop its batches from the ring."""
        self._epochs[partition] = epoch
        self._positions[partition] = self._floors[partition] = position
        for held in self._batches[partition]:
            self._event_log.forget(held.first, held.items)
        self._batches[partition].clear()
        self._order = deque(other for other in self._order if other != partition)
        # The gap itself uses up a number: earlier streams stand below it, later streams do not.
        self._event_log.skip()
        self.number += 1
        self.floor = self.number
        self._restart()

    def _restart(self) -> None:
        self._epoch = feed_epoch(self._epochs)
        self.cursor = encode_prefix(self._epoch, tuple(self._positions))

    def begin(self, partition: int, batch: Batch) -> str:
        """Advance to `batch`, which follows the last batch of `partition`; return the cursor of its end."""
        self._positions[partition] = batch.id
        self.cursor = encode_prefix(self._epoch, tuple(self._positions), partition)
        return self.cursor

    def hold(self, partition: int, batch: Batch, events: list[bytes]) -> int:
        """Number the ticks of `batch`, then its bars, and store their events; return the first number."""
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
        # Never below a gap: batches of other partitions from before it may still be here.
        self.floor = max(self.floor, oldest.last)

    def position(self, partition: int) -> Position:
        """Return the position that a partition has reached."""
        return self._positions[partition]

    def ahead_in(self, cursor: Cursor) -> int | None:
        """Return a partition in which `cursor` is ahead of this gateway.

        None if there is no such partition, or if the cursor is of another epoch.
        """
        if cursor.epoch != self._epoch or len(cursor.positions) != len(self._positions):
            return None
        for partition, (theirs, ours) in enumerate(zip(cursor.positions, self._positions, strict=True)):
            if theirs > ours:
                return partition
        return None

    def is_ahead(self, cursor: Cursor) -> bool:
        """Tell whether `cursor` is ahead of this gateway in any partition."""
        return self.ahead_in(cursor) is not None

    def numbers(self, cursor: Cursor) -> list[int] | None:
        """Return, for each partition, the number up to which a client with `cursor` has its items.

        None if the ring does not cover the cursor: it is of another epoch, or too old. The cursor must
        not be ahead.
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
        # The ring may still hold batches of another partition from before a gap in this one.
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
            return None  # the cursor is inside a batch that is no longer here
        return held[at].first - 1 if at < len(held) else self.number

    def count(self, numbers: list[int], keys: Iterable[bytes], partitions: Iterable[int]) -> int:
        """Return the number of events of `keys` after `numbers`; see `EventLog.since`."""
        return self._event_log.count(numbers, keys, partitions)

    def since(
        self, numbers: list[int], end: int, keys: Iterable[bytes], partitions: Iterable[int]
    ) -> tuple[list[bytes], int]:
        """Return the next events of `keys` after `numbers`, and the number reached; see `EventLog.since`."""
        return self._event_log.since(numbers, end, keys, partitions)
