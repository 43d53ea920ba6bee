"""Requests sent all at once, and bytes where none belong."""

import asyncio
import time
from collections import Counter
from contextlib import suppress

from tests.hostile.wire import connected, get, read_to_end

BATCH = get("/healthz") * 1000


async def pipeline(port: int, connections: int, seconds: float, rate: float = 1e9) -> Counter[str]:
    """Send requests without waiting for responses: so many connections, `rate` bytes a second on each.

    One that is cut comes back.
    """
    counts: Counter[str] = Counter()
    began = time.monotonic()

    async def one() -> None:
        async with connected(port) as (reader, writer):
            reading = asyncio.create_task(_count(reader, counts))
            with suppress(ConnectionError):
                while (passed := time.monotonic() - began) < seconds:
                    writer.write(BATCH)
                    counts["requests"] += 1000
                    async with asyncio.timeout(seconds - passed + 1):
                        await writer.drain()
                    sent = counts["requests"] / connections * len(BATCH) / 1000
                    await asyncio.sleep(max(0.0, sent / rate - passed))
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def held() -> None:
        while time.monotonic() - began < seconds:
            with suppress(TimeoutError, OSError):
                await one()

    await asyncio.gather(*(held() for _ in range(connections)))
    return counts


async def _count(reader: asyncio.StreamReader, counts: Counter[str]) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            counts["answers"] += data.count(b"HTTP/1.1 ")


async def send_behind(port: int, request: bytes, most: int) -> int:
    """Send a request, then zeros until the other side cuts, or `most` bytes; return how many were taken."""
    async with connected(port) as (reader, writer):
        writer.write(request)
        reading = asyncio.create_task(read_to_end(reader))
        # The stream has begun before the first of them.
        await asyncio.sleep(0.2)
        sent = 0
        with suppress(ConnectionError, TimeoutError):
            while sent < most and not reading.done():
                writer.write(bytes(1 << 16))
                sent += 1 << 16
                async with asyncio.timeout(20):
                    await writer.drain()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        return sent
