"""Requests one after the other, as fast as they are answered."""

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from tests.hostile.wire import connected, get

PREFIXES = "".join(map("".join, itertools.product("ABCDEFGHIJ", repeat=3)))
"""A thousand prefixes of three letters, joined."""


def prefixes(count: int) -> str:
    """Return the target of a snapshot of so many prefixes."""
    listed = ",".join(f"{PREFIXES[3 * number : 3 * number + 3]}*" for number in range(count))
    return f"/v1/snapshot?symbols={listed}"


async def ask(
    port: int, target: Callable[[int], str], connections: int, seconds: float, *headers: bytes
) -> Counter[str]:
    """Ask over so many connections for so long; `target` makes one of a number. Return counts by status."""
    counts: Counter[str] = Counter()
    numbers = itertools.count()
    until = time.monotonic() + seconds

    async def one() -> None:
        while time.monotonic() < until:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                async with connected(port) as (reader, writer), asyncio.timeout(seconds + 30):
                    while time.monotonic() < until:
                        writer.write(get(target(next(numbers)), *headers))
                        if not await _answer(reader, counts):
                            break

    await asyncio.gather(*(one() for _ in range(connections)))
    return counts


async def _answer(reader: asyncio.StreamReader, counts: Counter[str]) -> bool:
    """Read an answer to its end; tell whether the connection goes on."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    counts[head[9:12].decode()] += 1
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
    return length is not None and b"connection: close" not in head
