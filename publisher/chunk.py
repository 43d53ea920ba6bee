"""A chunk: what is written of a partition in one step, in the form in which it is sent. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tickcast.publisher.bars.symbol_bars import EncodedBars
from tickcast.publisher.inbox.step import InboxStep
from tickcast.wire.bar import symbol_of
from tickcast.wire.batch import encode_lines
from tickcast.wire.instrument import Instrument

CHUNK_TICKS = 1024
"""Ticks encoded at once, at most: never more than half a MiB."""

CHUNK_NOTICES = 500
"""Notices in one chunk, at most: Redis drops that many symbols with their bars in about 10 ms."""


@dataclass(slots=True)
class Chunk:
    """Ticks, then bars, then notices of one partition, in order, ready to be sent."""

    ticks: list[tuple[bytes, bytes]]
    """(symbol, JSON) pairs."""
    lines: bytes
    """`ticks` as lines of a batch (`wire.batch`)."""
    instruments: list[Instrument] = field(default_factory=list)
    """New or finer instruments that were derived from these ticks."""
    bars: EncodedBars = field(default_factory=list)
    """Bars. Each tick that they count is in this chunk or an earlier one."""
    bar_lines: bytes = b""
    """`bars` as lines of a batch."""
    notices: list[tuple[bytes, bytes]] = field(default_factory=list)
    """(symbol, JSON) pairs."""
    notice_lines: bytes = b""
    """`notices` as lines of a batch."""
    inbox: InboxStep | None = None
    """What is recorded of the inbox with these lines; None if they do not come from there."""
    gap: str = ""
    """Why ticks are missing before this chunk, which begins a new epoch; empty: none are."""
    after: list[Callable[[], None]] = field(default_factory=list)
    """Called when Redis has this chunk and all before it."""

    @property
    def size(self) -> int:
        """Bytes of all lines."""
        return len(self.lines) + len(self.bar_lines) + len(self.notice_lines)


def bars_chunk(formed: EncodedBars) -> Chunk:
    """Return a chunk that has bars and no ticks."""
    return Chunk([], b"", [], formed, bar_lines(formed))


def bar_lines(formed: EncodedBars) -> bytes:
    """Return bars as lines of a batch."""
    return encode_lines([(symbol_of(key), json) for key, json in formed])
