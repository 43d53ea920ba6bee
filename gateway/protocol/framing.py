"""Framing: how a group's events become the bytes of one chunk. Pure."""

from typing import NamedTuple

from tickcast.gateway.protocol.compression import Encoding, History
from tickcast.gateway.protocol.events import gather_ticks
from tickcast.gateway.protocol.sse import chunk


class Framing(NamedTuple):
    """How a client wants its events written; clients with the same framing share frames."""

    array: bool = False
    """All ticks of a frame in one `ticks` event, a JSON array."""
    encoding: Encoding = Encoding.IDENTITY

    def frame(self, events: list[bytes], history: History | None = None) -> bytes:
        """Return one chunk of events, in order; with a `history` only its sharers can read the chunk."""
        return chunk((history or self.encoding).encode(self._body(events)))

    def last(self, events: list[bytes]) -> bytes:
        """Return the last chunk of a stream."""
        return chunk(self.encoding.encode(self._body(events)) + self.encoding.epilogue)

    def _body(self, events: list[bytes]) -> bytes:
        return b"".join(gather_ticks(events) if self.array else events)
