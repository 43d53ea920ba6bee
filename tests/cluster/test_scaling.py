"""`docker compose up`, and more or fewer gateways while clients stream."""

import asyncio
import time

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.watcher import Watchers, watching
from tests.support.eventually import eventually
from tests.support.snippets import block
from tests.support.tools import need

UP, CURL, GROW = block("README.md", "A cluster").splitlines()

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


async def workers(cluster: Cluster) -> list[str]:
    """Return the process ids of nginx's master and workers: a reload makes new workers."""
    (nginx,) = await cluster.containers("nginx")
    return (await cluster.docker("top", nginx, "-o", "pid")).split()


async def test_a_minute_after_the_build_clients_stream_from_all_three_gateways(cluster: Cluster) -> None:
    assert cluster.up_seconds < 60
    async with watching(cluster.url, 30) as watchers:
        assert len(watchers.gateways) == 3
        assert min(watchers.gateways.values()) >= 5
    watchers.assert_nothing_missed()


async def test_the_commands_of_the_docs_bring_it_up_and_show_prices(cluster: Cluster) -> None:
    need("curl")
    up, curl = block("docs/deploy.md", "Running a cluster with Docker Compose").splitlines()
    assert UP.partition("#")[0].strip() == up
    await cluster.shell(up)
    for stream in (CURL, curl):
        assert await cluster.shell(f"{stream} --noproxy '*' 2>&1 | grep -m 1 '^event: snapshot'")


async def test_gateways_come_and_go_without_a_reload_and_nobody_misses_a_tick(cluster: Cluster) -> None:
    before = await workers(cluster)
    async with watching(cluster.url, 30) as watchers:
        old = set(watchers.gateways)
        assert block("docs/deploy.md", "Grow and shrink").strip() == GROW
        await cluster.shell(GROW)
        assert await new_gateways_reached(cluster, old, within=60)
        assert await workers(cluster) == before
        watchers.assert_nothing_missed()

        async with watching(cluster.url, 30) as late:
            everybody = Watchers([*watchers, *late])
            assert len(everybody.gateways) == 5
            first = {watcher: watcher.gateway for watcher in everybody}
            await cluster.scale(2)
            await everybody.advance()
            assert len(everybody.gateways) == 2
            moved = [watcher for watcher in everybody if watcher.gateway != first[watcher]]
            assert moved
            assert all(told_to_drain(watcher.of("bye")) for watcher in moved)
            everybody.assert_nothing_missed()
    assert await workers(cluster) == before


def told_to_drain(byes: list[tuple[float, dict[str, object]]]) -> bool:
    return bool(byes) and all(data["reason"] == "drain" for _, data in byes)


async def new_gateways_reached(cluster: Cluster, old: set[str], within: float) -> bool:
    """Connect again and again until two gateways have answered that were not there before."""
    deadline = time.monotonic() + within
    seen: set[str] = set()
    while time.monotonic() < deadline:
        async with asyncio.timeout(60), watching(cluster.url, 4) as newcomers:
            seen |= set(newcomers.gateways) - old
        if len(seen) == 2:
            return True
    return False


async def test_a_rolling_replacement_of_all_gateways_under_200_clients_loses_nothing(
    cluster: Cluster,
) -> None:
    async with watching(cluster.url, 200) as watchers:
        old = set(watchers.gateways)
        await cluster.run("deploy/rollout.sh")
        await watchers.advance()
        assert len(await cluster.containers("gateway")) == 3
        assert not old & set(watchers.gateways)
        await eventually(lambda: all(watcher.client.reconnects for watcher in watchers))
    watchers.assert_nothing_missed()
    drains: dict[str, list[float]] = {}
    for watcher in watchers:
        for gateway, when in watcher.byes():
            drains.setdefault(gateway, []).append(when)
    assert set(drains) == old
    for moments in drains.values():
        # A drain takes 8 s, and in no second of it may half of the clients have to come back.
        assert max(moments) - min(moments) > 4
        most = max(sum(begin <= each < begin + 1 for each in moments) for begin in moments)
        assert most < len(moments) / 2
