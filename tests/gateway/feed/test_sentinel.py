"""Redis behind a Sentinel: real publishers and gateways, and clients that count every tick."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis import ResponseError

from tests.cluster.watcher import Watchers, watching
from tests.support.eventually import eventually
from tests.support.programs import running_gateway, running_publisher
from tests.support.redundant import Sentinels, sentinels
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.redis.errors import LinkError

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def watched(redis: Sentinels) -> AsyncIterator[Watchers]:
    """Run two publishers and a gateway on that Redis, and clients that watch."""
    async with (
        running_publisher(redis.url, partitions=2),
        running_publisher(redis.url, partitions=2),
        running_gateway(redis.url, partitions=2) as gateway,
        watching(gateway.url, 4, "*") as watchers,
    ):
        # Ticks come before all partitions are live, and what was never live does not become stale.
        await eventually(lambda: "feed is live" in gateway.output())
        yield watchers
        assert all(watcher.client.reconnects == 0 for watcher in watchers)


async def told(watchers: Watchers, state: str, since: float) -> None:
    """Wait until every client was told a state of the feed since a moment."""
    await eventually(lambda: all(state in watcher.feed(since) for watcher in watchers))


def moves(redis: Sentinels) -> bool:
    """Let the Sentinel make the replica the master; it refuses while it has not heard enough of it."""
    try:
        return bool(redis.sentinel.ask("SENTINEL", "FAILOVER", "tickcast"))
    except ResponseError:
        return False


def gaps(watchers: Watchers) -> list[list[str]]:
    return [[data["reason"] for _, data in watcher.of("gap")] for watcher in watchers]


async def test_nothing_is_lost_or_repeated_over_the_master_that_a_sentinel_names() -> None:
    with sentinels() as redis:
        async with watched(redis) as watchers:
            await watchers.advance(1000)
        watchers.assert_nothing_missed()


async def test_clients_stay_and_miss_nothing_untold_when_the_master_is_moved_on_purpose() -> None:
    with sentinels() as redis:
        async with watched(redis) as watchers:
            await eventually(lambda: moves(redis))
            await eventually(redis.replica.is_master)
            await eventually(lambda: not redis.master.is_master())
            await watchers.advance(1000)
        watchers.assert_exact()


async def test_clients_stay_and_are_told_a_gap_when_the_replica_had_not_got_all() -> None:
    with sentinels() as redis:
        async with watched(redis) as watchers:
            redis.replica.pause()
            # What is on its way would reach it all the same.
            redis.master.ask("CLIENT", "KILL", "TYPE", "replica")
            await watchers.advance(200)
            began = time.monotonic()
            redis.master.kill()
            redis.replica.resume()
            await told(watchers, "stale", began)
            await told(watchers, "live", began)
            await watchers.advance(200)
            assert all("feed" in reasons for reasons in gaps(watchers))
        watchers.assert_exact()


async def test_a_master_that_hangs_is_replaced_and_refused_when_it_comes_back() -> None:
    with sentinels() as redis:
        async with watched(redis) as watchers:
            began = time.monotonic()
            redis.master.pause()
            await eventually(redis.replica.is_master)
            await told(watchers, "live", began)
            redis.master.resume()
            await eventually(lambda: not redis.master.is_master())
            await watchers.advance(200)
        watchers.assert_exact()


async def test_a_replica_that_a_sentinel_still_calls_master_is_refused() -> None:
    with sentinels() as redis:
        redis.master.ask("REPLICAOF", "127.0.0.1", redis.replica.port)
        feed_client = FeedClient(redis.url)
        broker = Broker(feed_client)
        try:
            with pytest.raises(LinkError, match="no master any more"):
                await broker.state(0)
            with pytest.raises(LinkError, match="no master any more"):
                async with broker.live(1):
                    pass
        finally:
            await feed_client.close()
