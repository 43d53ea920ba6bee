"""How a feed is cut, as `meta` of partition 0 tells: its number of partitions, and the case of symbols."""

from typing import NamedTuple

from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.symbol import Case, partition_of

LAYOUT_FIELDS = ("partitions", "case")
"""The fields of `meta` that `decode_layout` takes, in order."""


class LayoutError(ValueError):
    """The fields are no layout. The message says what they hold."""


class Layout(NamedTuple):
    """How the feed is cut."""

    partitions: int
    case: Case
    """What the feed does with lower-case letters in symbols."""

    def partition(self, symbol: str) -> int:
        """Return the partition of a symbol that is in the case of the feed."""
        return partition_of(symbol.encode("ascii"), self.partitions)


def decode_layout(partitions: bytes | None, case: bytes | None) -> Layout | None:
    """Return the layout; None if no publisher has begun the feed. Raises LayoutError."""
    if not partitions or not case:
        return None
    if partitions.isdigit() and len(partitions) <= 4 and 1 <= int(partitions) <= MAX_PARTITIONS:
        if case == b"upper":
            return Layout(int(partitions), "upper")
        if case == b"keep":
            return Layout(int(partitions), "keep")
    raise LayoutError(f"partitions {partitions!r:.20} and case {case!r:.20}")
