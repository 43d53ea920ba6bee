"""Redis behind a Sentinel with a live and a delayed feed: both stay exact, and no price comes early."""

import signal
import time

import pytest

from tests.publisher.delay.both_feeds import both_feeds
from tests.support.eventually import eventually
from tests.support.redundant import sentinels

pytestmark = pytest.mark.timeout(300)


async def test_both_feeds_are_exact_when_a_sentinel_moves_the_master() -> None:
    with sentinels() as redis:
        async with both_feeds(redis.url, 2) as both:
            await eventually(redis.moves)
            # Each leads some of the partitions.
            both.delayers[0].signal(signal.SIGKILL)
            await eventually(redis.replica.is_master)
            await eventually(lambda: not redis.master.is_master())
            await both.all.advance(1000)


async def test_both_feeds_tell_a_gap_when_the_replica_had_not_got_all() -> None:
    with sentinels() as redis:
        async with both_feeds(redis.url, 2) as both:
            redis.replica.pause()
            # What is on its way would reach it all the same.
            redis.master.ask("CLIENT", "KILL", "TYPE", "replica")
            await both.all.advance(200)
            began = time.monotonic()
            redis.master.kill()
            redis.replica.resume()
            await both.told("stale", began)
            await both.told("live", began)
            await both.all.advance(200)
            assert all("feed" in reasons for reasons in both.gaps())
