"""What goes between gateways: forged ids of streams, and whoever has a gateway's password of Redis."""

import asyncio
import re
import secrets
import time
from collections import Counter
from contextlib import suppress
from string import ascii_uppercase as LETTERS  # noqa: N812
from typing import Any

from tests.hostile.wire import HOST, connected, get, read_to_end
from tests.support.client import redis_client
from tickcast.wire.gateway_list import use_bounds
from tickcast.wire.names import MAIN as names

ENTRY = b"x" * 100_000


async def forge_ids(port: int, connections: int, seconds: float, holder: str = "AAAAAAAA") -> Counter[str]:
    """Ask for changes of streams of the gateway with an address, by forged ids; return what was answered."""
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds

    async def one() -> None:
        while time.monotonic() < until:
            # Of a true one it has all but the proof: 22 signs are a token, and 11 a MAC.
            forged = f"{holder}{secrets.token_urlsafe(30)[:33]}"
            counts[await _changed(port, forged)] += 1

    await asyncio.gather(*(one() for _ in range(connections)))
    return counts


async def change_much(port: int, connections: int, seconds: float) -> Counter[str]:
    """Change streams of one's own as fast as it is answered, a stream for each connection."""
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds

    async def one() -> None:
        async with connected(port) as (reader, writer):
            writer.write(get("/v1/stream?symbols=A"))
            head = b""
            while not (found := re.search(rb'"stream":"([^"]+)"', head)):
                if not (data := await reader.read(1 << 16)):
                    counts["no stream"] += 1
                    return
                head += data
            draining = asyncio.create_task(read_to_end(reader))
            symbols = ",".join(f'"{letter}*"' for letter in LETTERS)
            while time.monotonic() < until:
                for body in (f'{{"add":[{symbols}]}}', f'{{"drop":[{symbols}]}}'):
                    counts[await _changed(port, found[1].decode(), body)] += 1
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)

    await asyncio.gather(*(one() for _ in range(connections)))
    return counts


async def _changed(port: int, stream: str, body: str = "{}") -> str:
    """Ask for a change of a stream; return the status of the answer."""
    with suppress(OSError, asyncio.IncompleteReadError):
        async with connected(port) as (reader, writer):
            head = f"PATCH /v1/streams/{stream} HTTP/1.1\r\nhost: {HOST.decode()}\r\n"
            writer.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode())
            return (await reader.readuntil(b"\r\n"))[9:12].decode()
    return "cut"


WRITTEN = [names.gateways(), *use_bounds(names)]
"""All that gateways write."""


async def fill_list(redis: Any, megabytes: int, key: str = WRITTEN[0]) -> None:
    """Write so much into what gateways write, each under another name."""
    for number in range(megabytes * 10):
        await redis.hset(key, f"x{number}", ENTRY)


async def fill_list_for(redis_url: str, megabytes: int) -> Counter[str]:
    """Write so much into what gateways write, 20 MB a second: their list, and each of the others."""
    client = redis_client(redis_url)
    for number in range(megabytes):
        await fill_list(client, 1, WRITTEN[number // 2 % len(WRITTEN) if number % 2 else 0])
        await asyncio.sleep(0.05)
    await client.aclose()
    return Counter(MB=megabytes)
