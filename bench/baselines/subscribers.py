"""What the textbook servers share: an asyncio.Queue per client, filled from the Redis channel."""

import asyncio
from collections.abc import AsyncIterator

from bench.redis_link import follow


class Subscribers:
    """The queues of all clients, by symbol."""

    def __init__(self) -> None:
        self._queues: dict[bytes, set[asyncio.Queue[bytes]]] = {}

    async def relay(self, url: str) -> None:
        """Put every tick of the channel into the queues of those who asked for its symbol."""
        async for batch in follow(url):
            for symbol, json in batch.ticks:
                for queue in self._queues.get(symbol, ()):
                    queue.put_nowait(json)

    async def ticks(self, symbols: str) -> AsyncIterator[bytes]:
        """Yield the JSON of each tick of a comma list of symbols."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        wanted = [symbol.encode() for symbol in symbols.split(",")]
        for symbol in wanted:
            self._queues.setdefault(symbol, set()).add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            for symbol in wanted:
                self._queues[symbol].discard(queue)
