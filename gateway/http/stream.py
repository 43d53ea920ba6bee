"""The response that becomes a stream: on the taken-over socket if possible, else over plain ASGI."""

from email.utils import formatdate
from typing import Any

from starlette.responses import Response

from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.protocol.sse import chunk
from tickcast.gateway.streams.registry import new_token
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.transport.asgi import AsgiConnection
from tickcast.gateway.transport.connection import Connection, UnchunkedConnection
from tickcast.gateway.transport.takeover import takeover_of

UNCHUNKED = ("0.9", "1.0")
"""Versions of HTTP without chunks: that of nginx's `proxy_pass`, unless set otherwise, among others."""

HEADERS = [
    (b"content-type", b"text/event-stream"),
    # Without no-transform a development server may compress the stream, and hold it back meanwhile.
    (b"cache-control", b"no-store, no-transform"),
    (b"vary", b"accept-encoding"),
    # Without this, nginx and some other proxies hold events back until a buffer is full.
    (b"x-accel-buffering", b"no"),
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


def _head(encoding: Encoding, chunked: bool) -> bytes:
    """Return the head of a stream on a socket, and the first bytes of its encoding."""
    date = b"date: %b\r\n" % formatdate(usegmt=True).encode("ascii")
    framing, prologue = b"", encoding.prologue
    if chunked:
        framing, prologue = b"transfer-encoding: chunked\r\n", chunk(prologue) if prologue else b""
    return b"HTTP/1.1 200 OK\r\n" + _FIELDS[encoding] + date + framing + b"\r\n" + prologue


def short_stream(body: bytes) -> Response:
    """Return an event stream that is whole already, and ends."""
    headers = {name.decode("ascii"): value.decode("ascii") for name, value in (*HEADERS, CLOSE)}
    return Response(body, headers=headers)


class StreamResponse(Response):
    """Opens the stream when the server calls it."""

    def __init__(self, resume: Resume, request: StreamRequest, address: str = "") -> None:
        """Open the stream of a client at `address`."""
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
            chunked = scope["http_version"] not in UNCHUNKED
            connection = (Connection if chunked else UnchunkedConnection)(new_token())
            if takeover.take(connection, _head(self._encoding, chunked)):
                self._resume.open(connection, self._request, self._address)
            return
        asgi_connection = AsgiConnection(new_token())
        if self._encoding.prologue:
            asgi_connection.write(chunk(self._encoding.prologue))
        self._resume.open(asgi_connection, self._request, self._address)
        await asgi_connection.run(receive, send, headers)
