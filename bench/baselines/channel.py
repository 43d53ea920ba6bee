"""The channel of a feed as a textbook subscriber follows it: with redis-py's own PubSub."""

from collections.abc import AsyncIterator

import redis.asyncio

from tickcast.wire.batch import Batch, decode_batch
from tickcast.wire.names import MAIN


async def follow(url: str) -> AsyncIterator[Batch]:
    """Yield the batches of partition 0; what is missed is missed."""
    async with redis.asyncio.Redis.from_url(url) as client, client.pubsub() as channel:
        await channel.subscribe(MAIN.live(0))
        async for message in channel.listen():
            if message["type"] == "message":
                yield decode_batch(message["data"])
