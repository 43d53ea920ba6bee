"""A stream over plain ASGI, for servers that cannot hand over their sockets (HTTP/2, tests)."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tickcast.gateway.protocol.sse import unchunk
from tickcast.gateway.streams.subscriber import Subscriber

HIGH_WATER = 64 * 1024
"""Bytes that may wait for the server; above it the stream counts as full."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class AsgiConnection(Subscriber):
    """Buffers a bounded amount of bytes until the server takes them."""

    __slots__ = ("_bodies", "_ended", "_gone", "_waiting", "_wake")

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._bodies: list[bytes] = []
        self._waiting = 0
        self._wake = asyncio.Event()
        self._ended = False
        self._gone = False

    def write(self, frame: bytes) -> None:
        """Buffer a chunk. Only its body is kept, because the server makes chunks itself."""
        self._bodies.append(unchunk(frame))
        self._waiting += len(self._bodies[-1])
        self._wake.set()
        if self._waiting > HIGH_WATER:
            self.paused()

    def waiting(self) -> int:
        """Return the number of bytes that the server has not taken."""
        return self._waiting

    def finish(self, frame: bytes) -> None:
        """End the response after a last chunk."""
        self.write(frame)
        self._ended = True

    def abort(self) -> None:
        """End the response at once, without the buffered bytes."""
        self._gone = True
        self._wake.set()

    async def run(self, receive: Receive, send: Send, start: Message | None) -> None:
        """Send the `start` of the response, unless it is sent, and the stream, until either side ends it."""
        listening = asyncio.create_task(self._listen(receive))
        try:
            if start is not None:
                await send(start)
            while not self._gone:
                await self._wake.wait()
                self._wake.clear()
                bodies, self._bodies, self._waiting = self._bodies, [], 0
                if bodies:
                    body = b"".join(bodies)
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                if self._waiting == 0:
                    if self._ended:
                        break
                    self.drained()
            if not self._gone:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            listening.cancel()
            self.lost()

    async def _listen(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.abort()
