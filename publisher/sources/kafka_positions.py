"""Positions in the partitions of a Kafka topic: where reading begins, and up to where Redis has all. Pure.

A position is the offset of the next message to read.
"""

from collections import deque
from typing import Literal, NamedTuple

Start = Literal["newest", "oldest", "live"]
"""Where a term begins: where the last one left off, and the first one at the newest or the oldest message.

With `live` every term begins at the newest message.
"""


class Beginning(NamedTuple):
    """Where reading of a partition begins."""

    position: int
    deleted: int = 0
    """Messages that were deleted before they were read."""
    beyond: bool = False
    """True if the partition ends before the position that was reached once."""


def beginning(reached: int | None, first: int, end: int, from_oldest: bool) -> Beginning:
    """Return where to begin in a partition whose messages have the offsets from `first` to before `end`.

    `reached` is the position up to which it was read; None: it never was, and `from_oldest` decides.
    """
    if reached is None:
        return Beginning(first if from_oldest else end)
    if reached < first:
        return Beginning(first, deleted=first - reached)
    if reached > end:
        # Not the oldest message: that may be of last week.
        return Beginning(end, beyond=True)
    return Beginning(reached)


class Positions:
    """What was read of each partition, and what of that Redis has."""

    def __init__(self) -> None:
        self.read: dict[int, int] = {}
        """Partition -> position after the newest message that was read."""
        self._fresh: dict[int, int] = {}  # read since the newest mark
        self._marks: deque[tuple[int, dict[int, int]]] = deque()
        self._lists = 0
        self._written: dict[int, int] = {}
        self._kept: dict[int, int] = {}

    def begin(self, partition: int, position: int) -> None:
        """Read a partition from a position on."""
        if partition not in self.read:
            # Nothing of it is on its way, so this position can be kept at once.
            self._written[partition] = position
        self.read[partition] = position

    def take(self, partition: int, position: int) -> None:
        """Note that a partition was read up to a position."""
        self.read[partition] = self._fresh[partition] = position

    def mark(self, lists: int) -> None:
        """Say that all that was read is in the first `lists` lists that the source yields."""
        if lists <= self._lists:
            self._written |= self._fresh
        elif self._marks and self._marks[-1][0] == lists:
            self._marks[-1][1].update(self._fresh)
        elif self._fresh:
            self._marks.append((lists, self._fresh))
        self._fresh = {}

    def written(self, lists: int) -> None:
        """Say that Redis has the first `lists` lists."""
        self._lists = lists
        while self._marks and self._marks[0][0] <= lists:
            self._written |= self._marks.popleft()[1]

    def to_keep(self) -> dict[int, int]:
        """Return the positions up to which Redis has all, and that have changed since they were kept."""
        return dict(self._written)

    def kept(self, positions: dict[int, int]) -> None:
        """Say that positions are kept by Kafka."""
        self._kept |= positions
        for partition, position in positions.items():
            if self._written.get(partition) == position:
                del self._written[partition]

    def keep_again(self) -> None:
        """Return all positions from the next `to_keep`: what does not change would be forgotten in time."""
        self._written = self._kept | self._written
