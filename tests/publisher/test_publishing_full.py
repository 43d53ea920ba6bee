"""A publisher whose Redis is full and evicts nothing."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import redis.asyncio

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import assert_continuous, published, sequences
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.publisher.gateway_list import GatewayList
from tickcast.wire.gateway_list import WORK, use_bounds
from tickcast.wire.names import MAIN as names

Start = Callable[..., Publishing]
MIB = 1024 * 1024
LIMIT = 16 * MIB
BATCH = ["123456.789"] * 1000
"""Prices of a batch of about 70 KB."""


@pytest.fixture
def small() -> Iterator[PrivateValkey]:
    """A Valkey that soon is full, and evicts nothing."""
    with PrivateValkey(maxmemory=str(LIMIT), maxmemory_policy="noeviction") as server:
        yield server


@pytest.fixture
async def looking(small: PrivateValkey) -> AsyncIterator[Any]:
    """A client of it."""
    async with redis.asyncio.Redis.from_url(small.url) as client:
        yield client


async def give(publisher: Publishing, batches: int) -> None:
    for _ in range(batches):
        publisher.feed("A", *BATCH)
        await published(publisher, publisher.stats.ticks + len(BATCH))


async def test_the_log_gives_way_until_a_batch_fits(
    looking: Any, small: PrivateValkey, publishing: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = publishing(small.url, bars=False)
    await give(publisher, 400)
    batches = await read_log(looking)
    assert_continuous(batches)
    assert sequences(batches[-3:])[b"A"][-1] == 400 * len(BATCH)
    assert 20 < len(batches) < 300
    assert (await looking.info("memory"))["used_memory"] < LIMIT + 2 * MIB
    assert publisher.stats.full > 0
    assert publisher.stats.lost_epochs == publisher.stats.restored == 0
    assert await looking.hget(names.meta(0), "trouble") is None
    assert capsys.readouterr().out.count("redis is full: the log is cut") == 1


async def test_a_feed_that_waits_for_room_says_so_and_heals_by_itself(
    looking: Any, small: PrivateValkey, publishing: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = publishing(small.url, bars=False)
    await give(publisher, 10)
    await looking.set("other", "x" * 4 * MIB)
    await looking.config_set("maxmemory", 4 * MIB)
    for _ in range(5):
        publisher.feed("A", *BATCH)
    await eventually(lambda: "the feed waits" in capsys.readouterr().out)
    assert await looking.xlen(names.log(0)) == 0
    assert await looking.hget(names.meta(0), "trouble") == b"full"
    assert publisher.stats.leader
    await looking.delete("other")
    await looking.config_set("maxmemory", LIMIT)
    await published(publisher, 15 * len(BATCH))
    batches = await read_log(looking)
    assert_continuous(batches)
    assert sequences(batches)[b"A"] == list(range(10 * len(BATCH) + 1, 15 * len(BATCH) + 1))
    assert await looking.hget(names.meta(0), "trouble") is None
    assert "redis has room again" in capsys.readouterr().out


async def test_a_new_publisher_makes_room_in_a_full_redis(
    looking: Any, small: PrivateValkey, publishing: Start
) -> None:
    first = publishing(small.url, bars=False)
    await give(first, 100)
    await first.end()
    await looking.config_set("maxmemory", 5 * MIB)
    second = publishing(small.url, bars=False)
    await give(second, 3)
    batches = await read_log(looking)
    assert_continuous(batches)
    assert sequences(batches)[b"A"][-1] == 103 * len(BATCH)


async def test_an_idle_leader_of_a_full_redis_stays_live(
    looking: Any, small: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(small.url, bars=False)
    await give(publisher, 100)
    await looking.config_set("maxmemory", 5 * MIB)
    beats = publisher.stats.heartbeats
    await eventually(lambda: publisher.stats.heartbeats > beats + 1)
    assert await looking.xlen(names.log(0)) > 0


async def fill_with_gateways(looking: Any, fields: int, key: str = names.gateways()) -> None:
    """Write into what gateways write until Redis takes no more, each time so many entries."""
    with suppress(redis.exceptions.OutOfMemoryError):
        for number in itertools.count(step=fields):
            entries = {f"x{number + each}": "x" * (200_000 // fields) for each in range(fields)}
            await looking.hset(key, mapping=entries)


@pytest.mark.parametrize("fields", [1, 200])
@pytest.mark.parametrize("key", [names.gateways(), names.uses("0"), names.uses("f"), names.uses(WORK)])
async def test_what_gateways_write_does_not_stop_the_feed_if_it_fills_redis(
    looking: Any,
    small: PrivateValkey,
    publishing: Start,
    capsys: pytest.CaptureFixture[str],
    fields: int,
    key: str,
) -> None:
    publisher = publishing(small.url, bars=False)
    await give(publisher, 3)
    await fill_with_gateways(looking, fields, key)
    # More than what is left beside the entry that did not fit.
    await give(publisher, 6)
    assert not await looking.exists(key)
    assert await looking.hget(names.meta(0), "trouble") is None
    assert publisher.stats.mended == 1
    assert "another program filled what gateways write; removed it" in capsys.readouterr().out


async def test_what_is_used_of_gateways_is_looked_at_in_turn_while_there_is_room(
    looking: Any, valkey_url: str, publishing: Start
) -> None:
    publisher = publishing(valkey_url, bars=False)
    await give(publisher, 1)
    bounding = GatewayList(publisher._broker, publisher.stats)
    keys = [*use_bounds(names)]
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        for key in keys:
            await client.hset(
                key, mapping={str(number): "" for number in range(use_bounds(names)[key].entries)}
            )
        await client.set(names.gateways(), "another type")
        await bounding.bound()
        assert not await client.exists(names.gateways())
        assert await client.exists(*keys) == len(keys)
        for key in keys:
            await client.hset(key, "one more", "")
        for _ in range(len(keys) - 1):
            before = await client.exists(*keys)
            await bounding.bound()
            assert await client.exists(*keys) == before - 1


async def test_a_publisher_starts_over_a_list_of_gateways_that_fills_redis(
    looking: Any, small: PrivateValkey, publishing: Start
) -> None:
    await fill_with_gateways(looking, 200)
    await give(publishing(small.url, bars=False), 3)
    assert not await looking.exists(names.gateways())
