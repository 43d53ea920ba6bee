"""Redis goes, hangs, loses data or cannot be reached: clients stay, and are told what they miss."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.cluster.cluster import PROJECT, Cluster
from tests.cluster.watcher import Watcher, Watchers, watching
from tests.support.eventually import eventually
from tickcast.wire.names import MAIN as names

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


async def told(watchers: Watchers, state: str, since: float) -> None:
    """Wait until every client was told a state of the feed since a moment."""
    await eventually(lambda: all(state in watcher.feed(since) for watcher in watchers))


def gaps_told(watcher: Watcher) -> list[str]:
    return [data["reason"] for _, data in watcher.of("gap")]


def assert_connected(watchers: Watchers) -> None:
    assert all(watcher.client.reconnects == 0 for watcher in watchers)


async def test_clients_stay_and_miss_nothing_when_redis_is_restarted(cluster: Cluster) -> None:
    async with watching(cluster.url, 12) as watchers:
        began = time.monotonic()
        await cluster.compose("stop", "redis")
        await told(watchers, "stale", began)
        await cluster.compose("start", "redis")
        await told(watchers, "live", began)
        await watchers.advance()
        assert_connected(watchers)
    watchers.assert_nothing_missed()


async def test_clients_stay_and_are_told_a_gap_when_redis_crashes_and_forgets(cluster: Cluster) -> None:
    (redis,) = await cluster.containers("redis")
    async with watching(cluster.url, 12) as watchers:
        began = time.monotonic()
        await cluster.docker("kill", redis)
        await told(watchers, "stale", began)
        await cluster.docker("start", redis)
        await told(watchers, "live", began)
        await watchers.advance()
        assert_connected(watchers)
        assert [gaps_told(watcher) for watcher in watchers] == [["feed"]] * len(watchers)
    watchers.assert_exact()


async def test_clients_stay_and_miss_nothing_when_redis_hangs_for_15_seconds(cluster: Cluster) -> None:
    (redis,) = await cluster.containers("redis")
    async with watching(cluster.url, 12) as watchers:
        paused = time.monotonic()
        await cluster.docker("pause", redis)
        await told(watchers, "stale", paused)
        await asyncio.sleep(15 - (time.monotonic() - paused))
        await cluster.docker("unpause", redis)
        await told(watchers, "live", paused)
        await watchers.advance()
        assert_connected(watchers)
    watchers.assert_nothing_missed()


@asynccontextmanager
async def cut_off(cluster: Cluster, gateway: str) -> AsyncIterator[float]:
    """Take a gateway off the network of Redis while the context lasts; gives a moment just before."""
    began = time.monotonic()
    await cluster.docker("network", "disconnect", f"{PROJECT}_back", gateway)
    try:
        yield began
    finally:
        await cluster.docker("network", "connect", f"{PROJECT}_back", gateway)


def on(watchers: Watchers, gateway: str) -> Watchers:
    """Return those that are on a gateway, by its id."""
    return Watchers(watcher for watcher in watchers if watcher.gateway == gateway)


def cut_and_others(watchers: Watchers, gateway: str) -> tuple[Watchers, list[Watcher]]:
    cut = on(watchers, gateway)
    assert cut, (gateway, [watcher.gateway for watcher in watchers])
    return cut, [watcher for watcher in watchers if watcher not in cut]


async def test_a_gateway_cut_off_from_redis_for_20_seconds_sends_what_redis_kept(cluster: Cluster) -> None:
    gateway = (await cluster.containers("gateway"))[0]
    async with watching(cluster.url, 12) as watchers:
        cut, others = cut_and_others(watchers, await cluster.gateway_id(gateway))
        async with cut_off(cluster, gateway) as since:
            await told(cut, "stale", since)
            await asyncio.sleep(20 - (time.monotonic() - since))
        await told(cut, "live", since)
        await watchers.advance()
        assert_connected(watchers)
        assert not any(watcher.feed(since) for watcher in others)
    watchers.assert_nothing_missed()


async def has_given_up(cluster: Cluster, gateway: str) -> bool:
    return (await cluster.metrics(gateway, "front", 9101)).get("tickcast_gateway_feed_linked") == 0


async def test_a_gateway_cut_off_for_longer_than_redis_keeps_tells_a_gap(cluster: Cluster) -> None:
    gateway = (await cluster.containers("gateway"))[0]
    async with watching(cluster.url, 12) as watchers:
        cut, others = cut_and_others(watchers, await cluster.gateway_id(gateway))
        async with cut_off(cluster, gateway) as since:
            await told(cut, "stale", since)
            # Until it gives its connection up, TCP would still bring everything.
            await eventually(lambda: has_given_up(cluster, gateway))
            # What a minute does to the log.
            await cluster.redis("XTRIM", names.log(0), "MAXLEN", "=", "0")
        await told(cut, "live", since)
        await watchers.advance()
        assert_connected(watchers)
        assert [gaps_told(watcher) for watcher in cut] == [["retention"]] * len(cut)
        assert not any(watcher.check.findings.gaps for watcher in others)
    watchers.assert_exact()
