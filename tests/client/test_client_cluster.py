"""tickcast.Publisher in a Redis Cluster: each partition is handed in at the node that holds it."""

import redis.asyncio

import tickcast
from tests.client.conftest import HandedIn
from tests.support.redundant import redis_cluster

SYMBOLS = [f"S{number}" for number in range(40)]


async def test_partitions_on_every_node_get_their_lines() -> None:
    with redis_cluster() as cluster:
        async with redis.asyncio.RedisCluster(host="127.0.0.1", port=cluster.masters[0].port) as client:
            handed_in = HandedIn(cluster.url, client)
            await handed_in.begin(partitions=8)
            async with tickcast.Publisher(cluster.url) as publisher:
                for price in range(3):
                    for symbol in SYMBOLS:
                        await publisher.publish(symbol, price=price)
            assert await handed_in.prices() == {symbol: ["0", "1", "2"] for symbol in SYMBOLS}
