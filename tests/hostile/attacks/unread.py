"""Answers that are never read."""

import asyncio
import socket
from collections import Counter
from string import ascii_uppercase

from tests.hostile.wire import get
from tests.hostile.world import CLIENT

SNAPSHOT = "/v1/snapshot?symbols=" + ",".join(f"{letter}*" for letter in ascii_uppercase)
"""All symbols, made for each client: who asks for `*` shares the bytes with others."""


async def ask_and_never_read(port: int, connections: int, seconds: float) -> Counter[str]:
    """Ask for snapshots over so many connections, read nothing for a while, and see what comes of them."""
    loop, counts, sockets = asyncio.get_running_loop(), Counter[str](), []
    for _ in range(connections):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        sock.bind((CLIENT, 0))
        sockets.append(sock)
        try:
            await loop.sock_connect(sock, ("127.0.0.1", port))
            await loop.sock_sendall(sock, get(SNAPSHOT))
        except OSError:
            counts["refused"] += 1
    await asyncio.sleep(seconds)
    for sock in sockets:
        with sock:
            counts[await _what_came(sock)] += 1
    return counts


async def _what_came(sock: socket.socket) -> str:
    """Return the status that a socket holds; with `cut` if the other side has closed it meanwhile."""
    received = b""
    try:
        async with asyncio.timeout(5):
            while data := await asyncio.get_running_loop().sock_recv(sock, 1 << 16):
                received += data
    except TimeoutError:
        return "open"
    except OSError:
        pass
    status = received[9:12].decode("latin-1")
    return f"{status} and cut" if status else "cut"
