"""Which part of a log is kept, by time and by bytes. Pure."""

from collections import deque

from tickcast.wire.position import START, Position

_ENTRY_OVERHEAD = 128
"""Bytes that a log entry takes beside its lines: the batch header and Redis's own data."""

_BLOCKS = 64
"""Batches are recorded in blocks of at most this part of the retention, in time and bytes: so few blocks."""


class LogRetention:
    """Records the batches in one log, and finds the oldest id to keep."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        """Keep batches for `seconds`, but at most `max_bytes`."""
        self._ms = round(seconds * 1000)
        self._max_bytes = max_bytes
        self._blocks: deque[tuple[Position, int]] = deque()
        """(first id, bytes), oldest first."""
        self._bytes = 0
        self._newest = START

    def restart(self, newest: Position, size: int) -> None:
        """Restart with a log of another writer, as one block of `size` bytes whose newest id is `newest`."""
        self._blocks.clear()
        self._bytes = size
        self._newest = newest
        if size:
            self._blocks.append((START, size))

    def record(self, position: Position, size: int) -> None:
        """Record a batch whose lines have `size` bytes."""
        size += _ENTRY_OVERHEAD
        self._bytes += size
        self._newest = position
        if self._blocks:
            first, before = self._blocks[-1]
            if position.ms - first.ms < self._ms // _BLOCKS and before + size <= self._max_bytes // _BLOCKS:
                self._blocks[-1] = (first, before + size)
                return
        self._blocks.append((position, size))

    def min_id(self, size: int) -> Position:
        """Return the oldest id to keep when a batch of `size` bytes is added."""
        cutoff = Position(max(0, self._newest.ms - self._ms), 0)
        blocks = self._blocks
        # Drop the oldest block if the next one reaches back far enough, or if there are too many bytes.
        while blocks and (
            self._bytes + size > self._max_bytes or (len(blocks) > 1 and blocks[1][0] <= cutoff)
        ):
            self._bytes -= blocks.popleft()[1]
        if not blocks:
            return Position(self._newest.ms, self._newest.seq + 1)
        return max(cutoff, blocks[0][0])
