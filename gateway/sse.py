"""Server-Sent Events as bytes, and their chunks of an HTTP/1.1 response. Pure.

https://html.spec.whatwg.org/multipage/server-sent-events.html, RFC 9112 section 7.1
"""

import json
from collections.abc import Iterable, Mapping

SNAPSHOT_BYTES = 48 * 1024
"""A snapshot event is closed when its array passes this size."""

LAST_CHUNK = b"0\r\n\r\n"
"""Ends a chunked response."""


def event(name: str, data: bytes | Mapping[str, object], cursor: str | None = None) -> bytes:
    """Return one event. `data` is JSON in ASCII without line ends, or what becomes that."""
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode("ascii")
    head = b"" if cursor is None else b"id: %b\n" % cursor.encode("ascii")
    return b"%bevent: %b\ndata: %b\n\n" % (head, name.encode("ascii"), data)


def retry(ms: int) -> bytes:
    """Return the field that sets a client's reconnection time, in ms."""
    return b"retry: %d\n" % ms


def tick_events(ticks: list[tuple[bytes, bytes]], cursor: str) -> list[bytes]:
    """Return an event for each (symbol, JSON) of a batch, each with its own cursor.

    `cursor` is that of the whole batch: the last tick carries it as it is, the others with
    their place. A connection can be cut anywhere, and must come back without a repeat.
    """
    head = b"id: " + cursor.encode("ascii")
    events = [
        b"%b.%d\nevent: tick\ndata: %b\n\n" % (head, place, json) for place, (_, json) in enumerate(ticks, 1)
    ]
    events[-1] = b"%b\nevent: tick\ndata: %b\n\n" % (head, ticks[-1][1])
    return events


def newest_events(jsons: list[bytes], cursor: str) -> list[bytes]:
    """Return a tick event for each JSON; the last one alone carries the cursor."""
    events = [b"event: tick\ndata: %b\n\n" % json for json in jsons]
    if events:
        events[-1] = b"id: %b\n%b" % (cursor.encode("ascii"), events[-1])
    return events


def snapshot_events(jsons: Iterable[bytes], cursor: str) -> list[bytes]:
    """Return snapshot events, arrays of ticks; the last one alone carries the cursor.

    There is always one, even if empty: it tells a client that it now has everything.
    """
    arrays: list[list[bytes]] = [[]]
    size = 0
    for json_ in jsons:
        if size > SNAPSHOT_BYTES:
            arrays.append([])
            size = 0
        arrays[-1].append(json_)
        size += len(json_)
    ends = [None] * (len(arrays) - 1) + [cursor]
    return [
        event("snapshot", b"[%b]" % b",".join(array), end) for array, end in zip(arrays, ends, strict=True)
    ]


def chunk(body: bytes) -> bytes:
    """Return `body`, not empty, as one chunk of a response."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def unchunk(frame: bytes) -> bytes:
    """Return the body of one chunk made by `chunk`."""
    return frame[frame.index(b"\r\n") + 2 : -2]
