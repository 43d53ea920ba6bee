"""Redis Cluster: real publishers and gateways on 16 partitions, and clients that count every tick."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.cluster.watcher import Watchers, watching
from tests.support.eventually import eventually
from tests.support.programs import running_gateway, running_publisher
from tests.support.redundant import Node, RedisCluster, redis_cluster
from tickcast.runtime.redis.slots import slot_of
from tickcast.wire.names import MAIN as names

pytestmark = pytest.mark.timeout(300)

PARTITIONS = 16


@asynccontextmanager
async def watched(cluster: RedisCluster) -> AsyncIterator[Watchers]:
    """Run two publishers and a gateway on that Redis, and clients that watch and stay connected."""
    async with (
        running_publisher(cluster.url, partitions=PARTITIONS),
        running_publisher(cluster.url, partitions=PARTITIONS),
        running_gateway(cluster.url, partitions=PARTITIONS) as gateway,
        watching(gateway.url, 4, "*") as watchers,
    ):
        # Ticks come before all partitions are live, and what was never live does not become stale.
        await eventually(lambda: "feed is live" in gateway.output())
        yield watchers
        assert all(watcher.client.reconnects == 0 for watcher in watchers)


async def told(watchers: Watchers, state: str, since: float) -> None:
    """Wait until every client was told a state of the feed since a moment."""
    await eventually(lambda: all(state in watcher.feed(since) for watcher in watchers))


def listeners(node: Node) -> int:
    """Return how many channels of ours somebody listens to at a node."""
    channels = [names.live(partition) for partition in range(PARTITIONS)]
    answer = node.ask("PUBSUB", "SHARDNUMSUB", *channels)
    return sum(answer[1::2])


async def test_nothing_is_lost_or_repeated_and_each_node_serves_its_own_partitions() -> None:
    with redis_cluster() as cluster:
        async with watched(cluster) as watchers:
            await watchers.advance(1000)
            found = [listeners(node) for node in cluster.masters]
            assert min(found) > 0
            assert sum(found) == PARTITIONS
        watchers.assert_nothing_missed()


async def test_clients_stay_and_miss_nothing_untold_when_a_node_is_lost() -> None:
    with redis_cluster(replicas=True) as cluster:
        async with watched(cluster) as watchers:
            began = time.monotonic()
            cluster.masters[1].kill()
            await told(watchers, "stale", began)
            await told(watchers, "live", began)
            await eventually(cluster.replicas[1].is_master)
            await watchers.advance(1000)
        watchers.assert_exact()


async def test_clients_stay_and_miss_nothing_when_a_node_hangs() -> None:
    with redis_cluster() as cluster:
        async with watched(cluster) as watchers:
            began = time.monotonic()
            cluster.masters[1].pause()
            await told(watchers, "stale", began)
            await asyncio.sleep(6 - (time.monotonic() - began))
            cluster.masters[1].resume()
            await told(watchers, "live", began)
            await watchers.advance(1000)
        watchers.assert_nothing_missed()


def move(partition: int, old: Node, new: Node) -> None:
    """Let another node have a partition, as an operator who reshards does."""
    slot = slot_of(names.live(partition))
    identities = {node: node.ask("CLUSTER", "MYID") for node in (old, new)}
    new.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", identities[old])
    old.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", identities[new])
    while keys := old.ask("CLUSTER", "GETKEYSINSLOT", slot, 100):
        old.ask("MIGRATE", "127.0.0.1", new.port, "", 0, 5000, "KEYS", *keys)
    for node in (new, old):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", identities[new])


async def test_clients_stay_and_miss_nothing_when_a_partition_moves_to_another_node() -> None:
    with redis_cluster() as cluster:
        async with watched(cluster) as watchers:
            for partition in range(PARTITIONS):
                old = cluster.masters[slot_of(names.live(partition)) * 3 // 16384]
                if old is not cluster.masters[0]:
                    move(partition, old, cluster.masters[0])
            await eventually(lambda: listeners(cluster.masters[0]) == PARTITIONS)
            await watchers.advance(1000)
        watchers.assert_exact()
