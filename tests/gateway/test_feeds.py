"""Feeds on one Redis never hear each other, whatever database their addresses name."""

import asyncio
from contextlib import AsyncExitStack

import httpx2
import pytest

from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.programs import running_publisher

TICKS = 400


def heard(gateway: LocalGateway) -> tuple[int, int, int]:
    """What a gateway counts of messages that are not of its feed."""
    feed, control = gateway.gateway.live.feed, gateway.gateway.control
    return feed.poisoned, gateway.gateway.live.bar_history.poisoned, control.poisoned


def batches(gateway: LocalGateway) -> int:
    return gateway.gateway.live.ingest.ticks


@pytest.mark.parametrize("databases", [(0, 0), (0, 1)], ids=["one database", "two databases"])
async def test_two_feeds_on_one_redis_never_hear_each_other(
    redis_url: str, databases: tuple[int, int]
) -> None:
    server = redis_url.rsplit("/", 1)[0] if redis_url.count("/") > 2 else redis_url
    async with AsyncExitStack() as stack:
        gateways = {}
        for feed, symbols, database in zip(("main", "odds"), (3, 5), databases, strict=True):
            url = f"{server}/{database}"
            await stack.enter_async_context(
                running_publisher(url, feed=feed, symbols=symbols, rate=1000, seed=1)
            )
            gateways[symbols] = await stack.enter_async_context(local_gateway(url, feed=feed))
        await asyncio.gather(*(eventually(lambda each=each: batches(each) > 0) for each in gateways.values()))
        # While it starts a gateway may find a hole of its own feed.
        holes = [each.gateway.live.feed.holes for each in gateways.values()]
        await asyncio.gather(
            *(eventually(lambda each=each: batches(each) > TICKS) for each in gateways.values())
        )
        assert [each.gateway.live.feed.holes for each in gateways.values()] == holes
        for symbols, gateway in gateways.items():
            assert heard(gateway) == (0, 0, 0)
            assert len(gateway.gateway.live.last) == symbols
            async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
                metrics = (await client.get(f"{gateway.url}/metrics")).text
            feed = gateway.gateway.settings.feed
            assert f'tickcast_gateway_feed_info{{feed="{feed}"}} 1.0' in metrics
