"""A new version of the publishers under watching clients: one after the other, the leader last."""

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.watcher import watching
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

MOST_SILENCE = 1.0
"""Seconds without a price."""


@pytest.mark.alone
async def test_prices_stand_still_for_less_than_a_second_while_all_publishers_are_replaced(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = (await cluster.inspect((await cluster.containers("publisher"))[0]))["Image"]
    # The images of another version are another tag; `back` and forth are the same but for the order.
    await cluster.docker("tag", image, "tickcast-test-publisher:another")
    monkeypatch.setitem(cluster.environment, "TICKCAST_VERSION", "another")
    async with watching(cluster.url, 12, symbols="*") as watchers:
        old = set(await cluster.containers("publisher"))
        await eventually(cluster.leader)
        for watcher in watchers:
            watcher.silence = 0.0
        await cluster.run("deploy/rollout.sh", "publisher")
        await watchers.advance()
        silence = max(watcher.silence for watcher in watchers)
        new = set(await cluster.containers("publisher"))
        assert len(new) == len(old)
        assert not new & old
        images = {(await cluster.inspect(each))["Config"]["Image"] for each in new}
        assert images == {"tickcast-test-publisher:another"}
        assert all(not watcher.feed() for watcher in watchers)
        assert all(watcher.client.reconnects == 0 for watcher in watchers)
    print(f"longest silence: {silence:.3f} s")
    watchers.assert_nothing_missed()
    assert silence < MOST_SILENCE
