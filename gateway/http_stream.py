"""The response that becomes a stream: taken over from the server where it lets us, else plain ASGI."""

from typing import Any

from starlette.responses import Response

from gateway.arrival import Wish
from gateway.asgi_connection import AsgiConnection
from gateway.connection import Connection
from gateway.gateway import Gateway, stream_id
from gateway.takeover import takeover_of

HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    # nginx and its kin would otherwise gather events until a buffer is full.
    (b"x-accel-buffering", b"no"),
]

HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    + b"".join(b"%b: %b\r\n" % header for header in HEADERS)
    + b"transfer-encoding: chunked\r\n\r\n"
)


class StreamResponse(Response):
    """Opens the stream when the server calls it."""

    def __init__(self, gateway: Gateway, wish: Wish) -> None:
        self._gateway = gateway
        self._wish = wish
        self.background = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await send({"type": "http.response.body", "body": b""})
            return
        protocol = takeover_of(scope)
        if protocol is not None:
            connection = Connection(stream_id())
            if protocol.take_over(connection, HEAD):
                self._gateway.open(connection, self._wish)
            return
        carried = AsgiConnection(stream_id())
        self._gateway.open(carried, self._wish)
        await carried.run(receive, send, HEADERS)
