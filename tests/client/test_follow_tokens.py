"""`tickcast.follow` at a gateway that asks for tokens: renewed without a hole, refused in words."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import tickcast
from tests.support.feeder import Feeder
from tests.support.following import places, take
from tests.support.granted import Door
from tests.support.local_gateway import LocalGateway, local_gateway

LIFE = 4.0
"""Seconds that a token lives."""


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """The keys of the gateway."""
    return Door(tmp_path)


@pytest.fixture
async def closed(feeder: Feeder, valkey_url: str, door: Door) -> AsyncIterator[LocalGateway]:
    """A gateway that asks for tokens, with a price of some symbols."""
    await feeder.tick("A", "B", "C")
    async with local_gateway(valkey_url, **door.settings) as running:
        yield running


async def test_a_stream_outlives_its_token_without_a_hole(
    feeder: Feeder, closed: LocalGateway, door: Door
) -> None:
    made: list[float] = []

    async def token() -> str:
        made.append(time.time())
        return door.token("A", exp=made[-1] + LIFE)

    async with tickcast.follow(closed.url, "A", token=token) as prices:
        await take(prices, 1)
        q = 1
        while time.time() < made[0] + LIFE + 2:
            q += 1
            await feeder.tick("A")
            assert places(await take(prices, 1)) == [("A", q)]
        assert (prices.state.reconnects, prices.gaps) == (0, {})
    assert len(made) > 1


async def test_a_symbol_that_the_token_does_not_allow_is_refused_in_words(
    feeder: Feeder, closed: LocalGateway, door: Door
) -> None:
    async with tickcast.follow(closed.url, "A,C", token=door.token("A")) as prices:
        with pytest.raises(tickcast.StreamRefusedError, match=r"^HTTP 403: .*\bC\b"):
            await take(prices, 1)
    async with tickcast.follow(closed.url, "A", token=door.token("A")) as prices:
        await take(prices, 1)
        with pytest.raises(tickcast.StreamRefusedError, match=r"^HTTP 403: .*\bC\b"):
            await prices.add("C")
        await feeder.tick("A")
        assert places(await take(prices, 1)) == [("A", 2)]
    async with tickcast.follow(closed.url, "A") as prices:
        with pytest.raises(tickcast.StreamRefusedError, match=r"^HTTP 401: "):
            await take(prices, 1)


async def test_a_token_that_allows_more_brings_the_rest_of_a_prefix(
    feeder: Feeder, closed: LocalGateway, door: Door
) -> None:
    tokens = iter([door.token("A", exp=time.time() + LIFE), door.token("A", "B", exp=time.time() + 3600)])
    async with tickcast.follow(closed.url, "*", token=lambda: next(tokens)) as prices:
        assert places(await take(prices, 1)) == [("A", 1)]
        (more,) = await take(prices, 1)
        assert (more.symbol, more.snapshot) == ("B", True)
        await feeder.tick("A", "B")
        assert places(await take(prices, 2)) == [("A", 2), ("B", 2)]
        assert prices.gaps == {}
