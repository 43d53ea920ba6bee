"""The ring: recent ticks and bars, ready to send again, so that a resume costs Redis nothing."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping
from operator import eq, ge
from typing import NamedTuple

from tickcast.gateway.store.event_log import NONE, EventLog
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import Cursor, encode_prefix, feed_epoch
from tickcast.wire.position import START, Position

BATCH_OVERHEAD = 300
"""Bytes that a batch in the ring takes beside its items."""


MIN_KNOWN = 16
"""Epochs of the feed that are remembered, and one more for each partition."""


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

    The items are ticks and notices, by symbol, and bars, by bar key (`wire.bar.bar_key`). Each has a number,
    counting up by one over all partitions. Items of a partition up to its floor are gone: a stream that
    stands below it there cannot be replayed exactly.
    """

    def __init__(self, partitions: int, seconds: float, max_bytes: int) -> None:
        """Keep each batch for `seconds`, and at most `max_bytes` bytes in all."""
        self.partitions = partitions
        self.number = 0
        """Number of the newest item."""
        self.floor = 0
        """Number up to which items are gone in any partition: the highest floor of all."""
        self._keep = int(seconds * 1_000_000)
        self._max_bytes = max_bytes
        self._epochs = [""] * partitions
        self._positions = [START] * partitions
        # Each partition's position and number below which its batches are gone.
        self._floors = [START] * partitions
        self._floor_numbers = [0] * partitions
        self._order: deque[int] = deque()
        self._batches: list[deque[HeldBatch]] = [deque() for _ in range(partitions)]
        self._event_log = EventLog()
        self._epoch = ""
        self._known: dict[str, tuple[str, ...]] = {}
        """The epochs of the logs in each epoch of the feed that this gateway was in lately, oldest first."""
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

    @property
    def epoch(self) -> str:
        """The epoch of the feed, as in its cursors."""
        return self._epoch

    @property
    def log_epochs(self) -> list[str]:
        """The epoch of each partition's log."""
        return self._epochs

    def restart(self, restarts: Iterable[tuple[int, str, Position]]) -> None:
        """Continue partitions from positions of epochs after a gap; drop their batches from the ring."""
        # The gap itself uses up a number: earlier streams stand below it, later streams do not.
        self._event_log.skip()
        self.number += 1
        for partition, epoch, position in restarts:
            self._epochs[partition] = epoch
            self._positions[partition] = position
            for held in self._batches[partition]:
                self._event_log.forget(held.first, held.items)
            self._batches[partition].clear()
            self._raise_floor(partition, position, self.number)
        self._order = deque(other for other in self._order if self._batches[other])
        self._restart()

    def _raise_floor(self, partition: int, position: Position, number: int) -> None:
        # Each partition has its own: a gateway loads one after another, and the log of the first stays good.
        self._floors[partition] = position
        self._floor_numbers[partition] = number
        self.floor = max(self.floor, number)

    def _restart(self) -> None:
        self._epoch = feed_epoch(self._epochs)
        self._known.pop(self._epoch, None)
        self._known[self._epoch] = tuple(self._epochs)
        # Each partition alone may begin a new one, one after the other.
        if len(self._known) > MIN_KNOWN + self.partitions:
            del self._known[next(iter(self._known))]
        self.cursor = encode_prefix(self._epoch, tuple(self._positions))

    def begin(self, partition: int, batch: Batch) -> str:
        """Advance to `batch`, which follows the last batch of `partition`; return the cursor of its end."""
        self._positions[partition] = batch.id
        self.cursor = encode_prefix(self._epoch, tuple(self._positions), partition)
        return self.cursor

    def hold(self, partition: int, batch: Batch, events: list[bytes]) -> int:
        """Number ticks, bars and notices of `batch`, and store their events; return the first number."""
        items = batch.ticks + batch.bars if batch.bars else batch.ticks
        if batch.notices:
            items = items + [(line.symbol, line.json) for line in batch.notices]
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
        self._raise_floor(partition, oldest.position, oldest.last)

    def position(self, partition: int) -> Position:
        """Return the position that a partition has reached."""
        return self._positions[partition]

    def ahead_in(self, cursor: Cursor) -> int | None:
        """Return a partition in which `cursor` is ahead of this gateway, in the same log.

        None if there is no such partition, or if this gateway never was in the epoch of the cursor.
        """
        epochs = self._known.get(cursor.epoch)
        if epochs is None or len(cursor.positions) != len(self._positions):
            return None
        for partition, (theirs, ours) in enumerate(zip(cursor.positions, self._positions, strict=True)):
            if theirs > ours and epochs[partition] == self._epochs[partition]:
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
        return found

    def has(self, partition: int, number: int) -> bool:
        """Tell whether an item of a partition with this number is still here, or may be."""
        return number > self._floor_numbers[partition]

    def last_of(self, cursor: Cursor) -> int:
        """Return the number of the last item of the newest batch of `cursor`; 0 if that is not here."""
        held, position = self._batches[cursor.partition], cursor.positions[cursor.partition]
        at = bisect_left(held, position, key=lambda batch: batch.position)
        return held[at].last if at < len(held) and held[at].position == position else 0

    def highest(self, own: Cursor, other: Cursor) -> tuple[Position, ...]:
        """Return, for each partition, the higher position of `own`, which this ring made, and of `other`.

        `other` is of this ring's epoch. Where a partition's log is another since `own` was made, it is that
        of `other`.
        """
        same = map(eq, self._known.get(own.epoch, ()) or [""] * self.partitions, self._epochs)
        return tuple(
            max(ours, theirs) if is_same or partition == own.partition else theirs
            for partition, (ours, theirs, is_same) in enumerate(
                zip(own.positions, other.positions, same, strict=True)
            )
        )

    def covers(self, numbers: list[int]) -> bool:
        """Tell whether every item after `numbers`, one for each partition, is still here."""
        return all(map(ge, numbers, self._floor_numbers))

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

    def keys_after(self, number: int) -> list[bytes]:
        """Return the keys of what came after `number`, which is not below `floor`; each once."""
        return self._event_log.keys_after(number)

    def count(
        self,
        numbers: list[int],
        keys: Iterable[bytes],
        partitions: Iterable[int],
        later: Mapping[bytes, int] = NONE,
    ) -> int:
        """Return the number of events of `keys` after `numbers`; see `EventLog.since`."""
        return self._event_log.count(numbers, keys, partitions, later)

    def since(
        self,
        numbers: list[int],
        end: int,
        keys: Iterable[bytes],
        partitions: Iterable[int],
        later: Mapping[bytes, int] = NONE,
    ) -> tuple[list[bytes], int]:
        """Return the next events of `keys` after `numbers`, and the number reached; see `EventLog.since`."""
        return self._event_log.since(numbers, end, keys, partitions, later)
