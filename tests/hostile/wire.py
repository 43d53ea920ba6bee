"""Raw connections of a client that means no good, from an address that is not the crowd's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.hostile.world import CLIENT

HOST = b"localhost"


def get(target: str, *headers: bytes) -> bytes:
    """Return a request."""
    return b"\r\n".join([b"GET %b HTTP/1.1" % target.encode(), b"host: " + HOST, *headers]) + b"\r\n\r\n"


@asynccontextmanager
async def connected(
    port: int, source: str = CLIENT
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection to a port of 127.0.0.1 from an address of this machine, and cut it at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def read_to_end(reader: asyncio.StreamReader, timeout: float = 60) -> bytes:
    """Return all that comes until the other side ends, in order or by a reset."""
    received = bytearray()
    with suppress(ConnectionError):
        async with asyncio.timeout(timeout):
            while data := await reader.read(1 << 16):
                received += data
    return bytes(received)
