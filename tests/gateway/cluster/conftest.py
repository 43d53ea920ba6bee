"""Two gateways that ask for tokens, and know of each other; or the way of one to Redis."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.pair import Pair, know_each_other, two_gateways
from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import Door
from tickcast.gateway.feed.client import FeedClient


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """The keys of the gateways."""
    return Door(tmp_path)


@pytest.fixture
async def pair(feeder: Feeder, valkey_url: str, door: Door) -> AsyncIterator[Pair]:
    """Two gateways that ask for tokens and know of each other."""
    await feeder.tick("A")
    async with two_gateways(valkey_url, trusted_proxies="127.0.0.0/8", **door.settings) as both:
        await eventually(lambda: know_each_other(both))
        yield both


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Any]:
    """What any program may write."""
    client = redis_client(valkey_url)
    yield client
    await client.aclose()


@pytest.fixture
async def client(valkey_url: str) -> AsyncIterator[FeedClient]:
    """The way of a gateway to Redis."""
    made = FeedClient(valkey_url)
    yield made
    await made.close()
