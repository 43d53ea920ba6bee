"""Redis Cluster with a live and a delayed feed: both stay exact, and no price comes early."""

import signal
import time

import pytest

from tests.publisher.delay.both_feeds import LATER, both_feeds
from tests.support.eventually import eventually
from tests.support.redundant import redis_cluster
from tickcast.runtime.redis.slots import slot_of
from tickcast.wire.names import MAIN

pytestmark = pytest.mark.timeout(300)

PARTITIONS = 8
"""Each of three nodes has some of both feeds."""


def has_some_of_both(node: int) -> bool:
    """Tell whether a node of a cluster has partitions of both feeds."""
    return all(
        any(slot_of(names.live(partition)) * 3 // 16384 == node for partition in range(PARTITIONS))
        for names in (MAIN, LATER)
    )


async def test_both_feeds_are_exact_when_a_node_of_a_cluster_is_killed() -> None:
    assert has_some_of_both(1)
    with redis_cluster(replicas=True) as cluster:
        async with both_feeds(cluster.url, PARTITIONS) as both:
            began = time.monotonic()
            cluster.masters[1].kill()
            await both.told("stale", began)
            # Each leads some of the partitions.
            both.delayers[0].signal(signal.SIGKILL)
            await both.told("live", began)
            await eventually(cluster.replicas[1].is_master)
            await both.all.advance(1000)


async def test_both_feeds_are_exact_when_a_node_of_a_cluster_hangs_and_comes_back() -> None:
    assert has_some_of_both(1)
    with redis_cluster() as cluster:
        async with both_feeds(cluster.url, PARTITIONS) as both:
            began = time.monotonic()
            cluster.masters[1].pause()
            await both.told("stale", began)
            cluster.masters[1].resume()
            await both.told("live", began)
            await both.all.advance(1000)
