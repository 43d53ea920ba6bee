"""Changes carried between gateways by a cluster, and by a master that Sentinels name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.changing import open_stream, patch
from tests.support.event_stream import EventStream
from tests.support.eventually import eventually
from tests.support.programs import Program, running_gateway, running_publisher
from tests.support.redundant import redis_cluster, sentinels

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def stream_and_other(url: str, partitions: int) -> AsyncIterator[tuple[EventStream, str, Program]]:
    """Open a stream on a gateway; gives it, its id, and another gateway."""
    async with (
        running_publisher(url, partitions=partitions, symbols=10, rate=100),
        running_gateway(url, gateway_id="one", partitions=partitions) as one,
        running_gateway(url, gateway_id="other", partitions=partitions) as other,
        open_stream(one.url, symbols="AAPL") as (opened, stream_id),
    ):
        yield opened, stream_id, other


async def carried(other: Program, stream_id: str, symbol: str) -> bool:
    """Add a symbol through another gateway; tell whether that worked."""
    return (await patch(other.url, stream_id, {"add": [symbol]})).status_code == 200


async def test_a_change_is_carried_by_a_cluster() -> None:
    with redis_cluster() as cluster:
        async with stream_and_other(cluster.url, 4) as (opened, stream_id, other):
            await eventually(lambda: carried(other, stream_id, "MSFT"))
            await opened.until(lambda event: event.type == b"symbols")
            assert b"MSFT" in (await opened.until(lambda event: event.type == b"snapshot"))[-1].data


async def test_a_change_is_carried_by_the_master_and_by_the_one_that_replaces_it() -> None:
    with sentinels() as redis:
        async with stream_and_other(redis.url, 1) as (opened, stream_id, other):
            await eventually(lambda: carried(other, stream_id, "MSFT"))
            await opened.until(lambda event: event.type == b"symbols")
            redis.master.pause()
            await eventually(redis.replica.is_master)
            await eventually(lambda: carried(other, stream_id, "TSLA"))
            await opened.until(lambda event: event.type == b"symbols")
            redis.master.resume()
