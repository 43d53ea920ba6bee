"""Streams that each match thousands of symbols by a list of their own."""

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack, suppress

from tests.hostile.wire import connected, get


async def read_wide_lists(port: int, streams: int, interval: int, seconds: float) -> Counter[str]:
    """Open streams of all symbols and a name of their own, and read them for so long."""
    counts: Counter[str] = Counter()

    async def read(reader: asyncio.StreamReader) -> None:
        head = True
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if head and (granted := re.search(rb'"interval":(\d+)', data)):
                    counts[f"at {granted[1].decode()} ms"] += 1
                    head = False
                counts["bytes"] += len(data)

    async with AsyncExitStack() as connections:
        reading = []
        for number in range(streams):
            reader, writer = await connections.enter_async_context(connected(port))
            # A prefix for each first letter: together they are all symbols, and no shorter list is.
            letters = ",".join(f"{letter}*" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            writer.write(get(f"/v1/stream?interval={interval}&symbols={letters},0{number}"))
            reading.append(asyncio.create_task(read(reader)))
        await asyncio.sleep(seconds)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return counts
