"""The bench's way to Redis, and its only module that knows redis-py."""

from collections.abc import AsyncIterator

import redis
import redis.asyncio

from tickcast.wire import names
from tickcast.wire.batch import Batch, decode_batch
from tickcast.wire.tick import decode_tick


async def follow(url: str) -> AsyncIterator[Batch]:
    """Yield the batches of partition 0 as a textbook subscriber does: what is missed is missed."""
    async with redis.asyncio.Redis.from_url(url) as client, client.pubsub() as channel:
        await channel.subscribe(names.live(0))
        async for message in channel.listen():
            if message["type"] == "message":
                yield decode_batch(message["data"])


def newest(url: str) -> dict[str, int]:
    """Return the `q` of the newest tick of each symbol, as Redis has them."""
    with redis.Redis.from_url(url) as client:
        found: dict[bytes, bytes] = client.hgetall(names.last(0))
    return {symbol.decode(): decode_tick(json)[1] or 0 for symbol, json in found.items()}


def answers(url: str) -> bool:
    """Tell whether a Redis answers."""
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def calls(url: str) -> dict[str, int]:
    """Return how often each command has been called, as Redis counts."""
    with redis.Redis.from_url(url) as client:
        found: dict[str, dict[str, int]] = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in found.items()}
