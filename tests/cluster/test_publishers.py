"""Two publishers: one leads, and when it dies or hangs the other goes on where it was."""

import re
import time
from itertools import pairwise

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.watcher import watching
from tests.support.eventually import eventually
from tickcast.wire.names import MAIN as names

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


async def other_leads(cluster: Cluster, old: str) -> str | None:
    leader = await cluster.leader()
    return leader if leader != old else None


async def longest_pause(cluster: Cluster, since: int) -> int:
    """Return the most ms between two batches of the log since a moment, by Redis's clock.

    Ours would count the commands of Docker by which we learn of the new leader.
    """
    log = await cluster.redis("XREVRANGE", names.log(0), "+", str(since))
    moments = [int(ms) for ms in re.findall(r"^([0-9]{13})-[0-9]+$", log, re.MULTILINE)]
    return max(later - earlier for later, earlier in pairwise(moments))


async def ticks_written(cluster: Cluster, publisher: str) -> float | None:
    metrics = await cluster.metrics(publisher, "back", 9100)
    return metrics.get("tickcast_publisher_ticks_total")


async def test_the_standby_leads_soon_after_the_leaders_death_and_q_goes_on(
    cluster: Cluster,
) -> None:
    async with watching(cluster.url, 12) as watchers:
        leader = await eventually(cluster.leader)
        before = int(time.time() * 1000) - 1000
        await cluster.docker("kill", leader)
        await eventually(lambda: other_leads(cluster, leader))
        await watchers.advance()
        # 2 to 3 s on a quiet machine. A standby that waited for something else would take far longer.
        assert await longest_pause(cluster, before) < 10_000
        assert all(watcher.client.reconnects == 0 for watcher in watchers)
    watchers.assert_nothing_missed()
    await cluster.docker("start", leader)


async def test_a_leader_that_was_frozen_cannot_write_when_it_wakes_up(cluster: Cluster) -> None:
    async with watching(cluster.url, 12) as watchers:
        old = await eventually(cluster.leader)
        await cluster.docker("kill", "--signal", "STOP", old)
        new = await eventually(lambda: other_leads(cluster, old))
        await watchers.advance()
        fence = await cluster.redis("HGET", names.meta(0), "fence")
        await cluster.docker("kill", "--signal", "CONT", old)
        written = await eventually(lambda: ticks_written(cluster, old))
        await eventually(lambda: stands_by(cluster, old))
        await watchers.advance()
        assert await ticks_written(cluster, old) == written
        assert await cluster.redis("HGET", names.meta(0), "fence") == fence
        assert await cluster.leader() == new
    watchers.assert_nothing_missed()


async def stands_by(cluster: Cluster, publisher: str) -> bool:
    return (await cluster.metrics(publisher, "back", 9100)).get("tickcast_publisher_leader") == 0
