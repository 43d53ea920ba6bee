"""How much of its memory Redis uses, as the publisher's metrics say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis.asyncio

from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.publisher.broker import Broker
from tickcast.publisher.redis_memory import watch_memory
from tickcast.publisher.stats import Memory, Stats
from tickcast.runtime.tasks import end_tasks

MIB = 1024 * 1024


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Stats]:
    stats, broker = Stats(), Broker(url)
    task = asyncio.create_task(watch_memory(broker, 2, stats, 0.01))
    try:
        yield stats
    finally:
        await end_tasks([task])
        await broker.close()


async def test_the_memory_and_its_limit_are_those_of_now(private_valkey: PrivateValkey) -> None:
    async with (
        watching(private_valkey.url) as stats,
        redis.asyncio.Redis.from_url(private_valkey.url) as client,
    ):
        await eventually(lambda: stats.memory is not None)
        assert stats.memory is not None
        assert stats.memory.limit == 0
        before = stats.memory.used
        await client.config_set("maxmemory", 64 * MIB)
        await client.set("filling", b"x" * MIB)
        await eventually(lambda: stats.memory is not None and stats.memory.limit == 64 * MIB)
        await eventually(lambda: stats.memory is not None and stats.memory.used > before + MIB)


async def test_the_memory_is_not_known_while_redis_is_away(private_valkey: PrivateValkey) -> None:
    async with watching(private_valkey.url) as stats:
        await eventually(lambda: stats.memory is not None)
        private_valkey.kill()
        await eventually(lambda: stats.memory is None)


def test_a_server_without_a_limit_is_never_the_fullest() -> None:
    servers = [Memory(900, 0), Memory(80, 100), Memory(100, 200)]
    assert max(servers, key=lambda each: each.share) == servers[1]
    assert servers[0].share == 0
