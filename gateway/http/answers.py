"""Long answers: sent in pieces as the client reads them, and counted as memory meanwhile."""

import asyncio
from typing import Any

from starlette.responses import Response

from tickcast.gateway.limits.stream_bytes import Account, StreamBytes
from tickcast.gateway.streams.bounds import StreamBounds
from tickcast.gateway.transport.takeover import takeover_of
from tickcast.runtime.metered import metered

PIECE = 64 * 1024
"""Bytes that are written at once; the rest waits here until the socket takes more."""

PIECES = 16
"""Pieces written in a row, at most: a client that reads fast must not hold up the others."""


class Document:
    """The body of an answer, which several clients may be sent at the same time."""

    __slots__ = ("body", "charged", "etag", "payers")

    def __init__(self, body: bytes, etag: str) -> None:
        self.body = body
        self.etag = etag
        self.charged = 0
        """Bytes that it counts for (`limits/stream_bytes.py`)."""
        self.payers: dict[Account, int] = {}
        """How many answers of each address hold it."""


class LongAnswer(Response):
    """Sends a document, and counts it for the client's address until it is sent."""

    def __init__(
        self, document: Document, bounds: StreamBounds, address: str, headers: dict[str, str]
    ) -> None:
        """Raises Problem (429, 503) if the address, or all together, hold too much."""
        super().__init__(headers=headers | {"content-length": str(len(document.body))})
        self._document = document
        self._bytes: StreamBytes = bounds.bytes
        self._address = address
        if len(document.body) > PIECE:
            bounds.check_bytes(bounds.account(address), document, len(document.body))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request (ASGI)."""
        await metered(self._send(scope, receive, send))

    async def _send(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        body = self._document.body
        if len(body) <= PIECE or scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": body})
            return
        takeover = takeover_of(scope)
        account = self._bytes.account(self._address)
        self._bytes.take(account, self._document, len(body))
        try:
            for number, start in enumerate(range(0, len(body), PIECE), 1):
                piece = body[start : start + PIECE]
                if takeover is not None and takeover.is_closing():
                    # asyncio would log a line for each piece.
                    await _gone(receive)
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                if number % PIECES == 0:
                    await asyncio.sleep(0)
            # The server takes this when little of the last piece waits, which counts until then.
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._bytes.let_go(account, self._document)


async def _gone(receive: Any) -> None:
    """Wait until the server knows that the client has gone; then it takes an answer for ended."""
    while (await receive())["type"] != "http.disconnect":
        pass
