"""A position in a partition's log: the id of a Redis stream entry. Positions compare across restarts."""

import re
from typing import NamedTuple

_POSITION = re.compile(rb"([0-9]{1,16})-([0-9]{1,7})")

MAX_MS = 2**53 - 1
"""The largest time, ms since 1970."""
MAX_SEQ = 2**21 - 1
"""The largest number within one ms. The bound keeps a cursor of 16 partitions under 256 bytes."""


class PositionError(ValueError):
    """The text is not a position. The message shows the text and the right form."""


class Position(NamedTuple):
    """A Redis stream id: a time in ms since 1970, and the number of the entry within that ms."""

    ms: int
    seq: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"


START = Position(0, 0)
"""The position before every batch."""


def parse_position(text: bytes) -> Position:
    """Return the position written as `ms-seq`. Raises PositionError."""
    match = _POSITION.fullmatch(text)
    if match is None:
        raise PositionError(f"not a position: {text[:40]!r}; it is written like 1795384800123-0")
    ms, seq = int(match[1]), int(match[2])
    if ms > MAX_MS or seq > MAX_SEQ:
        raise PositionError(f"not a position: {text[:40]!r} is out of range")
    return Position(ms, seq)
