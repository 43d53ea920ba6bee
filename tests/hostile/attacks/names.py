"""Streams of names that nobody publishes."""

import asyncio
import json
import re
from collections import Counter
from contextlib import AsyncExitStack

from tests.hostile.wire import HOST, connected


def asked(number: int, symbols: int, bars: int) -> bytes:
    """Return a request for a stream whose names nobody else asks for."""
    wanted: dict[str, object] = {"symbols": [f"X{number:04}{place:04}" for place in range(symbols)]}
    if bars:
        wanted |= {"bars": ["1s"], "bars_of": [f"Y{number:04}{place:04}" for place in range(bars)]}
    # Lists this long are refused in a URL.
    body = json.dumps(wanted).encode()
    head = b"QUERY /v1/stream HTTP/1.1\r\nhost: %b\r\ncontent-type: application/json\r\n" % HOST
    return b"%bcontent-length: %d\r\n\r\n%b" % (head, len(body), body)


async def open_streams(port: int, streams: int, symbols: int, bars: int, seconds: float) -> Counter[str]:
    """Open streams one by one from one address, keep them for a while; return what was answered."""
    counts: Counter[str] = Counter()
    async with AsyncExitStack() as connections:
        for number in range(streams):
            reader, writer = await connections.enter_async_context(connected(port))
            writer.write(asked(number, symbols, bars))
            counts[_answer(await _head(reader))] += 1
        await asyncio.sleep(seconds)
    return counts


async def _head(reader: asyncio.StreamReader) -> bytes:
    """Return the head of a response and what came with it; nothing after 30 s."""
    head = b""
    try:
        async with asyncio.timeout(30):
            while b"\r\n\r\n" not in head or not head.partition(b"\r\n\r\n")[2]:
                data = await reader.read(1 << 14)
                if not data:
                    break
                head += data
    except (TimeoutError, ConnectionError):
        pass
    return head


def _answer(head: bytes) -> str:
    """Return the status; `put off` for a stream that says no more than when to come back."""
    found = re.match(rb"HTTP/1.1 (\d+)", head)
    if found is None:
        return "no answer"
    if found[1] == b"200":
        return "streams" if b"event: hello" in head else "put off"
    return found[1].decode()
