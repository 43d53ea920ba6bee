"""Framing: how events become the bytes of one chunk. Pure."""

from typing import NamedTuple

from tickcast.gateway.protocol.compression import Encoding, History
from tickcast.gateway.protocol.events import gather_ticks
from tickcast.gateway.protocol.sse import chunk


class Framing(NamedTuple):
    """The form in which a client wants its events; clients with the same framing can share frames."""

    array: bool = False
    """Whether each run of ticks in a frame is sent as `ticks` events, JSON arrays."""
    encoding: Encoding = Encoding.IDENTITY

    def frame(self, events: list[bytes], history: History | None = None) -> bytes:
        """Return `events` as one chunk; with a `history`, only clients that share it can read the chunk."""
        return chunk((history or self.encoding).encode(self._body(events)))

    def last(self, events: list[bytes]) -> bytes:
        """Return `events` as the last chunk of a stream, which ends the compression too."""
        return chunk(self.encoding.encode(self._body(events)) + self.encoding.epilogue)

    def _body(self, events: list[bytes]) -> bytes:
        return b"".join(gather_ticks(events) if self.array else events)
