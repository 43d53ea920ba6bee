"""A feed as its publisher would have begun it, and what producers have handed in to it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio

from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway, stale_after
from tickcast.wire.inbox import Entry, decode_entry
from tickcast.wire.names import MAIN, FeedNames


class HandedIn:
    """The inboxes of a feed, read by a client of the test's own."""

    def __init__(self, url: str, client: Any, names: FeedNames = MAIN) -> None:
        self.url = url
        self.redis = client
        self.names = names
        self.partitions = 0

    async def begin(self, partitions: int = 1, case: str = "upper") -> None:
        """Write what a publisher writes of the feed as a whole."""
        self.partitions = partitions
        await self.redis.hset(
            self.names.meta(0), mapping={"partitions": partitions, "case": case, "epoch": "e"}
        )

    async def entries(self, partition: int = 0) -> list[Entry]:
        """Return the entries of a partition, oldest first."""
        found = await self.redis.xrange(self.names.inbox(partition))
        return [decode_entry(fields, 1) for _, fields in found]

    async def prices(self) -> dict[str, list[str]]:
        """Return the prices that were handed in, in order, by symbol."""
        found: dict[str, list[str]] = {}
        for partition in range(self.partitions):
            for entry in await self.entries(partition):
                assert entry.faults == []
                for tick, _ in entry.ticks:
                    found.setdefault(tick.symbol, []).append(tick.price)
        return found


@pytest.fixture
async def handed_in(redis_url: str) -> AsyncIterator[HandedIn]:
    """A feed of one partition in an empty Redis of each kind."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        found = HandedIn(redis_url, client)
        await found.begin()
        yield found


@pytest.fixture
async def in_valkey(valkey_url: str) -> AsyncIterator[HandedIn]:
    """A feed of one partition in a Valkey, for tests that are not about Redis."""
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        found = HandedIn(valkey_url, client)
        await found.begin()
        yield found


@pytest.fixture
async def feeder(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Feeder]:
    """The writer of a feed, which does not become stale only because the machine is busy."""
    stale_after(monkeypatch, 300.0)
    async with Feeder(valkey_url) as writer:
        yield writer


@pytest.fixture
async def gateway(feeder: Feeder, valkey_url: str) -> AsyncIterator[LocalGateway]:
    """A gateway in this process that follows the feed."""
    async with local_gateway(valkey_url) as running:
        yield running
