"""The common part of the textbook servers: an asyncio.Queue per client, filled from the Redis channel."""

import asyncio
from collections.abc import AsyncIterator

from tickcast.bench.baselines.channel import follow

TickEvent = tuple[bytes, bytes]
"""The id of a tick, and its JSON."""


class Subscribers:
    """The queues of all clients, by symbol."""

    def __init__(self) -> None:
        self._queues: dict[bytes, set[asyncio.Queue[TickEvent]]] = {}

    async def relay(self, url: str) -> None:
        """Put every tick of the channel into the queues of the clients that asked for its symbol."""
        async for batch in follow(url):
            for place, (symbol, json) in enumerate(batch.ticks):
                event = (b"%d-%d.%d" % (*batch.id, place), json)
                for queue in self._queues.get(symbol, ()):
                    queue.put_nowait(event)

    async def ticks(self, symbols: str, silence: float) -> AsyncIterator[TickEvent | None]:
        """Yield id and JSON of each tick of a comma list of symbols; None after `silence` seconds."""
        queue: asyncio.Queue[TickEvent] = asyncio.Queue()
        wanted = [symbol.encode() for symbol in symbols.split(",")]
        for symbol in wanted:
            self._queues.setdefault(symbol, set()).add(queue)
        try:
            while True:
                try:
                    async with asyncio.timeout(silence):
                        event = await queue.get()
                except TimeoutError:
                    yield None
                else:
                    yield event
        finally:
            for symbol in wanted:
                self._queues[symbol].discard(queue)
