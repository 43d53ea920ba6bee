"""Long answers that are read a little at a time."""

import asyncio
import socket
import time
from collections import Counter
from contextlib import suppress

from tests.hostile.attacks.unread import SNAPSHOT
from tests.hostile.wire import get
from tests.hostile.world import CLIENT

STEP = 256
"""Bytes that are read at a time."""


async def read_slowly(port: int, connections: int, seconds: float, pause: float = 0.2) -> Counter[str]:
    """Ask for a snapshot over each of so many connections, and read little, with a pause after each read."""
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds
    await asyncio.gather(*(_read(port, until, pause, counts) for _ in range(connections)))
    return counts


async def _read(port: int, until: float, pause: float, counts: Counter[str]) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError, TimeoutError), socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sock.setblocking(False)
        sock.bind((CLIENT, 0))
        await loop.sock_connect(sock, ("127.0.0.1", port))
        await loop.sock_sendall(sock, get(SNAPSHOT))
        async with asyncio.timeout(max(1.0, until - time.monotonic())):
            status = (await loop.sock_recv(sock, STEP))[9:12].decode("latin-1")
            counts[status] += 1
            while time.monotonic() < until and await loop.sock_recv(sock, STEP):
                counts["reads"] += 1
                await asyncio.sleep(pause)
