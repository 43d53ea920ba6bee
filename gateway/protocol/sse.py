"""Server-Sent Events as bytes, and the chunks of an HTTP/1.1 response that carry them. Pure.

https://html.spec.whatwg.org/multipage/server-sent-events.html, RFC 9112 section 7.1
"""

from collections.abc import Mapping

import orjson

LAST_CHUNK = b"0\r\n\r\n"
"""Ends a chunked response."""


def event(name: str, data: bytes | Mapping[str, object], cursor: str | None = None) -> bytes:
    """Return one event. `data` is JSON without line ends, or a mapping that is written as JSON."""
    if not isinstance(data, bytes):
        data = orjson.dumps(data)
    head = b"" if cursor is None else b"id: %b\n" % cursor.encode("ascii")
    return b"%bevent: %b\ndata: %b\n\n" % (head, name.encode("ascii"), data)


def retry(ms: int) -> bytes:
    """Return the field that sets the client's reconnection time to `ms`."""
    return b"retry: %d\n" % ms


def cursor_of(sent: bytes) -> str:
    """Return the cursor that an event of a batch carries (`events.batch_events`)."""
    return sent[len(b"id: ") : sent.index(b"\n")].decode("ascii")


def with_cursor(sent: bytes, cursor: str) -> bytes:
    """Return an event with `cursor` as its id, in place of any id it has."""
    return b"id: %b\n%b" % (cursor.encode("ascii"), sent[sent.index(b"event: ") :])


def chunk(body: bytes) -> bytes:
    """Return `body`, which is not empty, as one chunk of a response (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def unchunk(frame: bytes) -> bytes:
    """Return the body of one chunk made by `chunk`."""
    return frame[frame.index(b"\r\n") + 2 : -2]
