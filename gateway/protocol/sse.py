"""Server-Sent Events as bytes, and the chunks of an HTTP/1.1 response that carry them. Pure.

https://html.spec.whatwg.org/multipage/server-sent-events.html, RFC 9112 section 7.1
"""

from collections.abc import Mapping

import orjson

LAST_CHUNK = b"0\r\n\r\n"
"""Ends a chunked response."""


def event(name: str, data: bytes | Mapping[str, object], cursor: str | None = None) -> bytes:
    """Return one event. `data` is JSON without line ends, or a mapping that is written as JSON.

    The id is last: many clients take it as soon as they have read its line, so an event that is cut off
    before its data would be lost for them.
    """
    if not isinstance(data, bytes):
        data = orjson.dumps(data)
    tail = b"id: %b\n\n" % cursor.encode("ascii") if cursor else b"\n"
    return b"event: %b\ndata: %b\n%b" % (name.encode("ascii"), data, tail)


def retry(ms: int) -> bytes:
    """Return the field that sets the client's reconnection time to `ms`."""
    return b"retry: %d\n" % ms


def comment(text: str) -> bytes:
    """Return a line that a person can read, and every client passes over."""
    return b": %b\n" % text.encode("ascii")


def cursor_of(sent: bytes) -> str:
    """Return the cursor that an event carries; "" if it has none."""
    last = sent.rfind(b"\n", 0, -2) + 1
    return sent[last + len(b"id: ") : -2].decode("ascii") if sent.startswith(b"id: ", last) else ""


def with_cursor(sent: bytes, cursor: str) -> bytes:
    """Return an event with `cursor` as its id, in place of any id it has."""
    last = sent.rfind(b"\n", 0, -2) + 1
    return b"%bid: %b\n\n" % (
        sent[:last] if sent.startswith(b"id: ", last) else sent[:-1],
        cursor.encode("ascii"),
    )


def chunk(body: bytes) -> bytes:
    """Return `body`, which is not empty, as one chunk of a response (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def unchunk(frame: bytes) -> bytes:
    """Return the body of one chunk made by `chunk`."""
    return frame[frame.index(b"\r\n") + 2 : -2]
