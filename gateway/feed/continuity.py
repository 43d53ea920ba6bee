"""Continuity: proves for one partition that each batch follows the one before. Pure."""

from collections import deque
from enum import Enum

from tickcast.wire.batch import Batch
from tickcast.wire.position import START, Position

MAX_BUFFERED = 64 * 1024 * 1024
"""Bytes of live batches buffered while a hole is filled; batches beyond that are the next hole."""


class Verdict(Enum):
    """How a batch of the channel relates to the ones applied, and what follows from that."""

    NEXT = "next"
    """It follows: apply it."""
    OLD = "old"
    """Already applied, or a heartbeat that says nothing new."""
    HOLE = "hole"
    """Batches before it are missing: read the log."""
    EPOCH = "epoch"
    """It belongs to another log: read what Redis holds now."""


class Continuity:
    """The position of a partition, and the live batches buffered while its log is read."""

    def __init__(self) -> None:
        self.epoch = ""
        self.position: Position = START
        self.loaded = False
        """A snapshot was read from Redis at least once."""
        self.left: deque[str] = deque(maxlen=64)
        """Epochs before this one. A replica that was left behind has one of them when it is promoted."""
        self.reloads = 0
        """How often its values were read again, because the log did not lead there."""
        self.backfilling = False
        """The log is being read, or the buffer applied: live batches are buffered behind it."""
        self.buffered: deque[tuple[Batch, int]] = deque()
        """Live batches that wait, with their sizes in bytes, oldest first."""
        self._bytes = 0

    def judge(self, batch: Batch) -> Verdict:
        """Return how `batch` relates to what this partition has applied."""
        if batch.epoch != self.epoch:
            return Verdict.EPOCH
        if batch.id <= self.position:
            return Verdict.OLD
        return Verdict.NEXT if batch.prev == self.position else Verdict.HOLE

    def is_beyond(self, epoch: str, position: Position) -> bool:
        """Tell whether this partition is ahead of Redis, which then holds an older copy, or nothing."""
        return (
            (not epoch and bool(self.epoch))
            or (epoch == self.epoch and position < self.position)
            or epoch in self.left
        )

    def go_on(self, epoch: str, position: Position) -> None:
        """Go on from a position that the log does not lead to."""
        if epoch != self.epoch:
            self.left.append(self.epoch)
        self.epoch, self.position = epoch, position
        self.reloads += 1

    def buffer(self, batch: Batch, size: int) -> None:
        """Buffer a live batch of `size` bytes, if there is room."""
        if self._bytes <= MAX_BUFFERED:
            self.buffered.append((batch, size))
            self._bytes += size

    def pop(self) -> Batch:
        """Remove the oldest buffered batch and return it."""
        batch, size = self.buffered.popleft()
        self._bytes -= size
        return batch

    def end_backfill(self) -> int:
        """Judge live batches as they come again. Return how many buffered ones were dropped."""
        left = len(self.buffered)
        self.buffered.clear()
        self._bytes = 0
        self.backfilling = False
        return left
