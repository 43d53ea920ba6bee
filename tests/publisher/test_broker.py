"""The publisher's link to Redis, on a real one."""

import asyncio

from tickcast.publisher.broker import RedisLink
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import meta


async def test_every_partition_may_ask_at_the_same_time(valkey_url: str) -> None:
    link = RedisLink(valkey_url, timeout=30)
    try:
        answers = await asyncio.gather(*(link.read_hash(meta(p)) for p in range(MAX_PARTITIONS)))
    finally:
        await link.close()
    assert answers == [{}] * MAX_PARTITIONS
