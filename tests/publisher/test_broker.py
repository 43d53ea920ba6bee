"""The publisher's broker, on a real Redis."""

import asyncio

from tickcast.publisher.broker import Broker
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import meta


async def test_every_partition_may_ask_at_the_same_time(valkey_url: str) -> None:
    broker = Broker(valkey_url, timeout=30)
    try:
        answers = await asyncio.gather(*(broker.read_hash(meta(p)) for p in range(MAX_PARTITIONS)))
    finally:
        await broker.close()
    assert answers == [{}] * MAX_PARTITIONS
