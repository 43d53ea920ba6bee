"""Requests and endings that could make a program write a line, or a traceback, for each of them."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tests.hostile.attacks.unread import SNAPSHOT
from tests.hostile.wire import get
from tests.hostile.world import CLIENT

Step = Callable[[socket.socket], Awaitable[None]]

AT_ONCE = 20
"""Connections at the same time."""

BODY = b"PATCH /v1/streams/a.b HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
"""The beginning of a request with a body."""

REQUESTS = {
    "no HTTP": b"\0\1\2\r\n\r\n",
    "no version": b"GET / HTTP/9.9\r\n\r\n",
    "no length": get("/healthz", b"content-length: -1"),
    "no chunk": BODY + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
    "upgrade": get("/v1/stream", b"connection: upgrade", b"upgrade: websocket"),
    "upgrade to h2c": get("/healthz", b"connection: upgrade", b"upgrade: h2c"),
    "no path": b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "whole address": b"GET http://[::1/ HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "no text": b"GET /%ff%fe/\xff HTTP/1.1\r\nhost: localhost\r\nx: \xff\r\n\r\n",
    "a large head": get("/healthz", b"x: " + b"y" * 70_000),
    "a long target": get("/" + "x" * 70_000),
    "behind a stream": get("/v1/stream") + get("/healthz"),
    "a body that ends": BODY + b"content-length: 100\r\n\r\nhalf",
    "an answer awaited": BODY + b"content-length: 10\r\nexpect: 100-continue\r\n\r\n",
    "a stream": get("/v1/stream"),
    "a stream of HTTP/1.0": b"GET /v1/stream HTTP/1.0\r\nhost: localhost\r\n\r\n",
    "a snapshot": get(SNAPSHOT),
    "several snapshots": get(SNAPSHOT) * 4,
    "the head of a stream": b"HEAD /v1/stream HTTP/1.1\r\nhost: localhost\r\n\r\n",
}
"""What a client sends first."""


async def _reset_at_once(sock: socket.socket) -> None:
    pass


async def _end_at_once(sock: socket.socket) -> None:
    sock.shutdown(socket.SHUT_WR)
    await _read(sock)


async def _reset_when_answered(sock: socket.socket) -> None:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(0.5):
            await asyncio.get_running_loop().sock_recv(sock, 1)


async def _end_when_full(sock: socket.socket) -> None:
    """End one's own side once the other side cannot send any more; then read what there is."""
    await asyncio.sleep(1.0)
    sock.shutdown(socket.SHUT_WR)
    await asyncio.sleep(0.1)
    await _read(sock)


async def _read(sock: socket.socket) -> None:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(1):
            while await asyncio.get_running_loop().sock_recv(sock, 1 << 16):
                pass


ENDINGS: dict[str, Step] = {
    "reset at once": _reset_at_once,
    "ended at once": _end_at_once,
    "reset when answered": _reset_when_answered,
    "ended when full": _end_when_full,
}
"""What a client does then; it resets the connection in the end."""


async def make_noise(port: int, each: int) -> Counter[str]:
    """Send every request, and end in every way, so often."""
    counts: Counter[str] = Counter()
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(request: bytes, ending: Step) -> None:
        async with gate:
            with suppress(OSError):
                counts["connections"] += 1
                await _connect(port, request, ending)

    pairs = [(request, ending) for request in REQUESTS.values() for ending in ENDINGS.values()]
    await asyncio.gather(*(one(*pair) for pair in pairs for _ in range(each)))
    return counts


async def _connect(port: int, request: bytes, ending: Step) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.setblocking(False)
        sock.bind((CLIENT, 0))
        await loop.sock_connect(sock, ("127.0.0.1", port))
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await loop.sock_sendall(sock, request)
        await ending(sock)
