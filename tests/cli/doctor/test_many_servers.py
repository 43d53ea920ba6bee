"""A feed in a Redis Cluster, and in a Redis that Sentinels know: healthy, and every server is looked at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis

from tests.cli.doctor.examined import examined, names, wrong
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tests.support.programs import running_publisher
from tests.support.redundant import redis_cluster, sentinels
from tickcast.cli.doctor.finding import Level
from tickcast.cli.doctor.report import Report

PARTITIONS = 16


@asynccontextmanager
async def examined_feed(url: str, folder: Path, **settings: Any) -> AsyncIterator[Report]:
    """Run a publisher and a gateway, and yield what is found."""
    file = folder / "key"
    file.write_text("k" * 64, "ascii")
    known = {"partitions": PARTITIONS, **settings}
    async with (
        running_publisher(url, symbols=40, **known),
        local_gateway(url, cluster_key_file=file, heartbeat=1000, **known) as gateway,
    ):
        await eventually(lambda: gateway.gateway.live.state.is_live)
        yield await examined(url, gateway.url)


async def test_a_cluster_is_healthy_and_each_master_is_asked(tmp_path: Path) -> None:
    with redis_cluster() as cluster:
        async with examined_feed(cluster.url, tmp_path) as report:
            assert wrong(report) == {}
            assert names(report, Level.UNCHECKED) == set()
        with redis.Redis(port=cluster.masters[2].port) as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
        assert "redis-eviction" in wrong(await examined(cluster.url))


async def test_a_master_that_sentinels_know_is_healthy(tmp_path: Path) -> None:
    with sentinels() as group:
        async with examined_feed(group.url, tmp_path) as report:
            assert wrong(report) == {}
            assert names(report, Level.UNCHECKED) == {"redis-open"}
