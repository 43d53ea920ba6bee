"""Short requests that are long work: replays of all there was, snapshots of all there is, long histories."""

import asyncio
import json
import time
from collections import Counter, deque
from contextlib import suppress

from tests.hostile.attacks.asking import ask
from tests.hostile.wire import connected, get, read_to_end

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MUCH = 1 << 18
"""Bytes of a replay after which the attacker leaves, and comes back for the same."""


def snapshot_of_its_own(number: int) -> str:
    """Return the target of a snapshot of all symbols that no other request shares."""
    return f"/v1/snapshot?symbols={','.join(f'{letter}*' for letter in LETTERS)},0{number}"


async def ask_for_much(port: int, connections: int, seconds: float) -> Counter[str]:
    """Ask for snapshots of all symbols."""
    return await ask(port, snapshot_of_its_own, connections, seconds)


async def ask_for_history(port: int, symbols: list[str], connections: int, seconds: float) -> Counter[str]:
    """Ask for the longest charts of ever other symbols."""
    targets = [f"/v1/bars/{symbol}?interval=5m&limit=1440" for symbol in symbols]
    return await ask(port, lambda number: targets[number % len(targets)], connections, seconds)


async def symbols_of(port: int) -> list[str]:
    """Return the symbols that have a price."""
    async with connected(port) as (reader, writer):
        writer.write(get("/v1/snapshot", b"connection: close"))
        answer = await read_to_end(reader)
        return [str(each["S"]) for each in json.loads(answer.partition(b"\r\n\r\n")[2])["ticks"]]


async def replay(port: int, connections: int, seconds: float, behind: float) -> Counter[str]:
    """Resume streams of all symbols from `behind` seconds ago, read for a while, and come back."""
    counts: Counter[str] = Counter()
    cursors: deque[tuple[float, str]] = deque()
    until = time.monotonic() + seconds

    async def remember() -> None:
        while time.monotonic() < until:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError, KeyError):
                cursors.append((time.monotonic(), await _cursor(port)))
            while len(cursors) > 1 and cursors[1][0] < time.monotonic() - behind:
                cursors.popleft()
            await asyncio.sleep(0.5)

    async def one() -> None:
        while time.monotonic() < until:
            if not cursors:
                await asyncio.sleep(0.1)
                continue
            with suppress(OSError, TimeoutError):
                async with connected(port) as (reader, writer), asyncio.timeout(10):
                    writer.write(get(f"/v1/stream?snapshot=false&lastEventId={cursors[0][1]}"))
                    counts[await _taken(reader)] += 1

    await asyncio.gather(remember(), *(one() for _ in range(connections)))
    return counts


async def _cursor(port: int) -> str:
    async with connected(port) as (reader, writer):
        writer.write(get("/v1/snapshot?symbols=NONE", b"connection: close"))
        answer = await reader.read()
        return str(json.loads(answer.partition(b"\r\n\r\n")[2])["cursor"])


async def _taken(reader: asyncio.StreamReader) -> str:
    """Read what comes of a replay until it is much, or over; return what it was."""
    taken, head = 0, b""
    while taken < MUCH and (data := await reader.read(1 << 16)):
        head, taken = (head + data)[:2000], taken + len(data)
        if b'"resumed":' in head and b"event: heartbeat" in data:
            break
    if not head.startswith(b"HTTP/1.1 200"):
        return head[9:12].decode("latin-1") or "cut"
    for result in ("replayed", "live", "reset"):
        if b'"resumed":"%b"' % result.encode() in head:
            return result
    return "put off"
