"""A client that reads nothing until it is told to."""

import asyncio
import socket
from urllib.parse import urlsplit

from tests.support.event_stream import EventStream


async def small(url: str, target: str = "/v1/stream", host: bytes = b"test") -> EventStream:
    """Open a stream over a socket with a small receive buffer, and read nothing of it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    parts = urlsplit(url)
    assert parts.hostname
    await asyncio.get_running_loop().sock_connect(sock, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=4096)
    writer.write(b"GET %b HTTP/1.1\r\nhost: %b\r\n\r\n" % (target.encode(), host))
    return EventStream(reader, writer)
