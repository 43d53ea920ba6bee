"""The response that becomes a stream: on the taken-over socket if possible, else over plain ASGI."""

from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from starlette.responses import Response

from tickcast.gateway.http.guard import OWN_FIELDS, merged
from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.protocol.sse import chunk
from tickcast.gateway.streams.registry import new_token
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.transport.asgi import AsgiConnection
from tickcast.gateway.transport.connection import Connection, UnchunkedConnection
from tickcast.gateway.transport.takeover import takeover_of
from tickcast.gateway.transport.way import WAY
from tickcast.runtime.metered import metered_step
from tickcast.runtime.origins import Fields
from tickcast.runtime.response_fields import CLOSED_RAW

UNCHUNKED = "1.0"
"""The version of HTTP without chunks: that of nginx's `proxy_pass`, unless set otherwise, among others."""

HEADERS = [
    (b"content-type", b"text/event-stream"),
    # Without no-transform a development server may compress the stream, and hold it back meanwhile.
    (b"cache-control", b"no-store, no-transform"),
    (b"vary", b"accept-encoding"),
    # Without this, nginx and some other proxies hold events back until a buffer is full.
    (b"x-accel-buffering", b"no"),
    *CLOSED_RAW,
]

CLOSE = (b"connection", b"close")
"""The connection ends with its stream: clients and proxies that kept it for reuse would meet a dead one."""


def _headers(encoding: Encoding, version: str = "1.1") -> list[tuple[bytes, bytes]]:
    """Return the fields of a stream's head over this version of HTTP; the server adds the date."""
    headers = [*HEADERS]
    if encoding is not Encoding.IDENTITY:
        headers.append((b"content-encoding", encoding.value.encode("ascii")))
    if version.startswith("1."):
        # HTTP/2 knows no such field (RFC 9113, section 8.2.2).
        headers.append(CLOSE)
    return headers


def _fields(encoding: Encoding) -> bytes:
    return b"".join(b"%b: %b\r\n" % header for header in _headers(encoding))


_FIELDS = {encoding: _fields(encoding) for encoding in Encoding}


def _head(encoding: Encoding, chunked: bool, own: Fields) -> bytes:
    """Return the head of a stream on a socket, with its own fields, and the first bytes of its encoding."""
    fields = _FIELDS[encoding]
    if own:
        fields = b"".join(b"%b: %b\r\n" % field for field in merged(_headers(encoding), own))
    date = b"date: %b\r\n" % formatdate(usegmt=True).encode("ascii")
    framing, prologue = b"", encoding.prologue
    if chunked:
        framing, prologue = b"transfer-encoding: chunked\r\n", chunk(prologue) if prologue else b""
    return b"HTTP/1.1 200 OK\r\n" + fields + date + framing + b"\r\n" + prologue


def short_stream(body: bytes) -> Response:
    """Return an event stream that is whole already, and ends."""
    headers = {name.decode("ascii"): value.decode("ascii") for name, value in (*HEADERS, CLOSE)}
    return Response(body, headers=headers)


class StreamResponse(Response):
    """Opens the stream when the server calls it."""

    def __init__(
        self,
        resume: Resume,
        request: StreamRequest,
        address: str = "",
        check_again: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        """Open the stream of a client at `address`.

        `check_again` is called if others may have come before it: it returns None, or a whole stream for a
        client that cannot be taken any more.
        """
        self._check_again = check_again
        self._resume = resume
        self._request = request
        self._address = address
        self._encoding = request.key.framing.encoding
        self.background = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        headers = _headers(self._encoding, scope["http_version"])
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        takeover = takeover_of(scope)
        if takeover is not None:
            chunked = scope["http_version"] != UNCHUNKED
            connection = _connection(chunked)
            with metered_step():
                if takeover.take(connection, _head(self._encoding, chunked, scope.get(OWN_FIELDS, []))):
                    self._resume.open(connection, self._request, self._address)
            return
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        way = scope.get(WAY)
        if way is None or way.takeover is None:
            await self._send(receive, send, start)
            return
        is_clear = await way.try_out(send, start, self._encoding)
        if (refusal := self._check_again()) is not None:
            body = self._encoding.encode(refusal) + self._encoding.epilogue
            await send({"type": "http.response.body", "body": body})
        elif is_clear:
            takeover = way.leave()
            connection = _connection(takeover.is_chunked)
            with metered_step():
                takeover.take(connection)
                self._resume.open(connection, self._request, self._address)
        else:
            await self._send(receive, send)

    async def _send(self, receive: Any, send: Any, start: dict[str, Any] | None = None) -> None:
        """Send the stream by the server's own means, after the `start` of the response, if it is not sent."""
        connection = AsgiConnection(new_token())
        if start is not None and self._encoding.prologue:
            connection.write(chunk(self._encoding.prologue))
        with metered_step():
            self._resume.open(connection, self._request, self._address)
        await connection.run(receive, send, start)


def _connection(chunked: bool) -> Connection:
    return (Connection if chunked else UnchunkedConnection)(new_token())
