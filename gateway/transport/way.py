"""The way of a stream's answer out of an app: whether its middleware passes bytes on as they are.

An app's middleware lies between a mounted gateway and the server: it may add fields, read requests, hold
answers back or change them. So the head of a stream and a comment are sent through all of it. If the comment
arrives at the server unchanged, nothing is lost by leaving the app, and the connection can be taken over.
"""

import asyncio
from contextlib import suppress
from typing import Any

from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.sse import comment
from tickcast.gateway.transport.stock_takeover import StockTakeover, stock_takeover_of

WAY = "tickcast.way"
"""Key of the scope: the way of its answer, if it is to a request for a stream."""

COMMENT = comment("prices follow") + b"\n"

PATIENCE = 1.0
"""Seconds that middleware may take to pass the comment on; then the stream stays with the server."""


class Way:
    """From an app's own callables, within all middleware, to those of the server."""

    def __init__(self, receive: Any, send: Any) -> None:
        """Take what the server calls the app with."""
        self.takeover: StockTakeover | None = stock_takeover_of(receive)
        """The connection, if the server is one whose connections can be taken over."""
        self._send = send
        self._sent = b""
        self._arrived = asyncio.Event()
        self._is_same = False
        self._is_left = False

    async def send(self, message: Any) -> None:
        """Pass a message of the app on; what its middleware still sends after a takeover is dropped."""
        if self._is_left:
            return
        if self.takeover is not None:
            self.takeover.unchunk(message)
        await self._send(message)
        if self._sent and (body := message.get("body")) and not self._arrived.is_set():
            self._is_same = body == self._sent
            self._arrived.set()

    async def try_out(self, send: Any, start: Any, encoding: Encoding) -> bool:
        """Start the response by `send`; tell whether the connection can be taken now."""
        self._sent = encoding.prologue + encoding.encode(COMMENT)
        await send(start)
        await send({"type": "http.response.body", "body": self._sent, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._arrived.wait()
        return self._is_same and self.takeover is not None and self.takeover.is_possible()

    def leave(self) -> StockTakeover:
        """Return the connection, which is no longer the app's."""
        takeover, self.takeover, self._is_left = self.takeover, None, True
        assert takeover is not None
        return takeover
