"""Server-Sent Events as bytes, and their chunks of an HTTP/1.1 response. Pure.

https://html.spec.whatwg.org/multipage/server-sent-events.html, RFC 9112 section 7.1
"""

import json
from collections.abc import Iterable, Mapping, Sequence

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


def batch_events(
    ticks: list[tuple[bytes, bytes]], cursor: str, bars: Sequence[tuple[bytes, bytes]] = ()
) -> list[bytes]:
    """Return an event for each (key, JSON) of a batch, ticks then bars, each with its own cursor.

    `cursor` is that of the whole batch: the last event carries it as it is, the others with
    their place. A connection can be cut anywhere, and must come back without a repeat.
    """
    head, join = b"id: " + cursor.encode("ascii"), b"".join
    # Joined and not formatted: what is formatted keeps the room that was reserved for it, a third more.
    events = [
        join((head, b".%d\nevent: tick\ndata: " % place, json, b"\n\n"))
        for place, (_, json) in enumerate(ticks, 1)
    ]
    if bars:
        events += [
            join((head, b".%d\nevent: bar\ndata: " % place, json, b"\n\n"))
            for place, (_, json) in enumerate(bars, len(ticks) + 1)
        ]
    if events:
        events[-1] = _with_cursor(events[-1], cursor)
    return events


def newest_events(jsons: Iterable[bytes], cursor: str | None, bars: Iterable[bytes] = ()) -> list[bytes]:
    """Return a tick event for each JSON, then the bar events given; the last of all carries the cursor.

    None: more bars follow, which are from before the newest of these ticks.

    The ticks are newer than their bars, so whoever is cut off among the bars has every tick and may
    come back with a bar's own, older cursor; the other way round a tick could be missed.
    """
    events = [b"event: tick\ndata: %b\n\n" % json for json in jsons]
    events += bars
    if events and cursor is not None:
        events[-1] = _with_cursor(events[-1], cursor)
    return events


def cursor_of(sent: bytes) -> str:
    """Return the cursor that an event of a batch carries (`batch_events`)."""
    return sent[len(b"id: ") : sent.index(b"\n")].decode("ascii")


def _with_cursor(sent: bytes, cursor: str) -> bytes:
    return b"id: %b\n%b" % (cursor.encode("ascii"), sent[sent.index(b"event: ") :])


def snapshot_events(jsons: Iterable[bytes], cursor: str, bars: Iterable[bytes] = ()) -> list[bytes]:
    """Return snapshot events, arrays of ticks, then an event for each bar; the last of all has the cursor.

    There is always a snapshot, even if empty: it tells a client that it now has everything.
    """
    arrays: list[list[bytes]] = [[]]
    size = 0
    for json_ in jsons:
        if size > SNAPSHOT_BYTES:
            arrays.append([])
            size = 0
        arrays[-1].append(json_)
        size += len(json_)
    events = [event("snapshot", b"[%b]" % b",".join(array)) for array in arrays]
    events += bar_events(bars)
    events[-1] = _with_cursor(events[-1], cursor)
    return events


def bar_events(jsons: Iterable[bytes]) -> list[bytes]:
    """Return an event for each bar, without a cursor."""
    return [b"event: bar\ndata: %b\n\n" % json for json in jsons]


def chunk(body: bytes) -> bytes:
    """Return `body`, not empty, as one chunk of a response."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def unchunk(frame: bytes) -> bytes:
    """Return the body of one chunk made by `chunk`."""
    return frame[frame.index(b"\r\n") + 2 : -2]
