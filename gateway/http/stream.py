"""The response that becomes a stream: on the taken-over socket if possible, else over plain ASGI."""

from typing import Any

from starlette.responses import Response

from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.protocol.sse import chunk
from tickcast.gateway.streams.registry import new_token
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.transport.asgi import AsgiConnection
from tickcast.gateway.transport.connection import Connection
from tickcast.gateway.transport.takeover import takeover_of

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept-encoding"),
    # Without this, nginx and some other proxies hold events back until a buffer is full.
    (b"x-accel-buffering", b"no"),
]


def _headers(encoding: Encoding) -> list[tuple[bytes, bytes]]:
    if encoding is Encoding.IDENTITY:
        return HEADERS
    return [*HEADERS, (b"content-encoding", encoding.value.encode("ascii"))]


def _head(encoding: Encoding) -> bytes:
    fields = b"".join(b"%b: %b\r\n" % header for header in _headers(encoding))
    prologue = chunk(encoding.prologue) if encoding.prologue else b""
    return b"HTTP/1.1 200 OK\r\n" + fields + b"transfer-encoding: chunked\r\n\r\n" + prologue


_HEADS = {encoding: _head(encoding) for encoding in Encoding}


class StreamResponse(Response):
    """Opens the stream when the server calls it."""

    def __init__(self, resume: Resume, request: StreamRequest) -> None:
        self._resume = resume
        self._request = request
        self._encoding = request.key.framing.encoding
        self.background = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        headers = _headers(self._encoding)
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        takeover = takeover_of(scope)
        if takeover is not None:
            connection = Connection(new_token())
            if takeover.take(connection, _HEADS[self._encoding]):
                self._resume.open(connection, self._request)
            return
        asgi_connection = AsgiConnection(new_token())
        if self._encoding.prologue:
            asgi_connection.write(chunk(self._encoding.prologue))
        self._resume.open(asgi_connection, self._request)
        await asgi_connection.run(receive, send, headers)
