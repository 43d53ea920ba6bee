"""The inbox in a Redis Cluster: what a partition needs of it is in one slot."""

from collections.abc import Callable

import redis.asyncio

from tests.publisher.inbox.conftest import Taking, emptied, hand_in, prices, tick
from tests.publisher.written_log import published
from tests.support.redundant import redis_cluster
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of

PARTITIONS = 8
SYMBOLS = [f"S{n}" for n in range(40)]


async def test_producers_hand_in_to_partitions_on_every_node(taking: Callable[..., Taking]) -> None:
    with redis_cluster() as cluster:
        async with redis.asyncio.RedisCluster(host="127.0.0.1", port=cluster.masters[0].port) as client:
            publisher = taking(cluster.url, partitions=PARTITIONS)
            for number in (1, 2, 2):
                for symbol in SYMBOLS:
                    place = partition_of(symbol.encode(), PARTITIONS)
                    by = f"feeder of {symbol}"
                    line = tick(symbol, number)
                    assert (await hand_in(client, line, by=by, number=number, partition=place))[0] == b"ok"
            await published(publisher, 80)
            found = {}
            for partition in range(PARTITIONS):
                found |= await prices(client, partition)
                await emptied(client, partition)
                assert not await client.exists(names.held(partition))
            assert found == {symbol: [(1, "1"), (2, "2")] for symbol in SYMBOLS}
        await publisher.end()
