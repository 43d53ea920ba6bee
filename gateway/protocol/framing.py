"""Framing: how a group's events become the bytes of one chunk. Pure."""

from typing import NamedTuple

from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.compression import Encoding, History

_TICK = b"event: tick\ndata: "


class Framing(NamedTuple):
    """What clients agreed on; those with the same share frames."""

    array: bool = False
    """All ticks of a frame in one `ticks` event, a JSON array."""
    encoding: Encoding = Encoding.IDENTITY

    def frame(self, events: list[bytes], history: History | None = None) -> bytes:
        """Return one chunk of events, in order; with a `history` for those alone who share it."""
        body = b"".join(gather(events) if self.array else events)
        return sse.chunk((history or self.encoding).encode(body))

    def last(self, events: list[bytes]) -> bytes:
        """Return the last chunk of a stream."""
        body = b"".join(gather(events) if self.array else events)
        return sse.chunk(self.encoding.encode(body) + self.encoding.epilogue)


def gather(events: list[bytes]) -> list[bytes]:
    """Return the events with each run of ticks made one `ticks` event, with the last one's cursor."""
    out: list[bytes] = []
    run: list[bytes] = []
    head = b""
    for event in events:
        at = event.find(_TICK)
        if at >= 0:
            # What stands before is the id. A conflating group's last tick alone has one, and it counts.
            head = event[:at] or head
            run.append(event[at + len(_TICK) : -2])
            continue
        if run:
            out.append(_array(head, run))
            run, head = [], b""
        out.append(event)
    if run:
        out.append(_array(head, run))
    return out


def _array(head: bytes, run: list[bytes]) -> bytes:
    return b"%bevent: ticks\ndata: [%b]\n\n" % (head, b",".join(run))
