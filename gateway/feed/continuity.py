"""Continuity: proves for one partition that each batch follows the one before. Pure."""

from collections import deque
from enum import Enum

from tickcast.wire.batch import Batch
from tickcast.wire.position import START, Position

MAX_BUFFERED = 64 * 1024 * 1024
"""Bytes of live batches that wait while a hole is being filled; what is beyond shows as the next hole."""


class Verdict(Enum):
    """What to do with a batch that the channel brought."""

    NEXT = "next"
    """It follows: apply it."""
    OLD = "old"
    """Already applied, or a heartbeat that says nothing new."""
    HOLE = "hole"
    """Something lies between: read the log."""
    EPOCH = "epoch"
    """The log is another one: read what Redis holds now."""


class Continuity:
    """Where a partition stands, and the live batches that wait while the log is read."""

    def __init__(self) -> None:
        self.epoch = ""
        self.position: Position = START
        self.loaded = False
        """What Redis holds was read at least once."""
        self.backfilling = False
        """The log is being read, or what waits is being applied: what comes live waits behind it."""
        self.buffered: deque[tuple[Batch, int]] = deque()
        """Live batches and their sizes, oldest first."""
        self._bytes = 0

    def judge(self, batch: Batch) -> Verdict:
        """Say what `batch` is to this partition."""
        if batch.epoch != self.epoch:
            return Verdict.EPOCH
        if batch.id <= self.position:
            return Verdict.OLD
        return Verdict.NEXT if batch.prev == self.position else Verdict.HOLE

    def is_beyond(self, epoch: str, position: Position) -> bool:
        """Tell whether this partition stands beyond what Redis holds: an older copy, or nothing at all."""
        return (not epoch and bool(self.epoch)) or (epoch == self.epoch and position < self.position)

    def buffer(self, batch: Batch, size: int) -> None:
        """Let a live batch of `size` bytes wait behind those that wait already."""
        if self._bytes <= MAX_BUFFERED:
            self.buffered.append((batch, size))
            self._bytes += size

    def pop(self) -> Batch:
        """Remove the oldest that waits, and return it."""
        batch, size = self.buffered.popleft()
        self._bytes -= size
        return batch

    def end_backfill(self) -> int:
        """Wait no more: the next live batch is judged when it comes. Return how many were left, now gone."""
        left = len(self.buffered)
        self.buffered.clear()
        self._bytes = 0
        self.backfilling = False
        return left
