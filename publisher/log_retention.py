"""How much of a log is kept: by time and by bytes. Pure."""

from collections import deque

from tickcast.wire.position import START, Position

_ENTRY_OVERHEAD = 128
"""Bytes a log entry takes beside its lines: the batch header and Redis's own book-keeping."""

_BLOCKS = 64
"""Writes are remembered in blocks of this part of the retention, in time and bytes: a bounded number."""


class LogRetention:
    """Remembers what was written to one log, and says what may go."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._ms = round(seconds * 1000)
        self._max_bytes = max_bytes
        self._blocks: deque[tuple[Position, int]] = deque()
        """(first id, bytes), oldest first."""
        self._bytes = 0
        self._newest = START

    def restart(self, newest: Position, size: int) -> None:
        """Start anew with a log that somebody else wrote: one block of `size` bytes, up to `newest`."""
        self._blocks.clear()
        self._bytes = size
        self._newest = newest
        if size:
            self._blocks.append((START, size))

    def record(self, position: Position, size: int) -> None:
        """Take note of a batch whose lines take `size` bytes."""
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
        """Return the smallest id to keep when a batch of `size` bytes comes on top."""
        cutoff = Position(max(0, self._newest.ms - self._ms), 0)
        blocks = self._blocks
        # A block goes when the next one is old enough to be the first, or when there are too many bytes.
        while blocks and (
            self._bytes + size > self._max_bytes or (len(blocks) > 1 and blocks[1][0] <= cutoff)
        ):
            self._bytes -= blocks.popleft()[1]
        if not blocks:
            return Position(self._newest.ms, self._newest.seq + 1)
        return max(cutoff, blocks[0][0])
