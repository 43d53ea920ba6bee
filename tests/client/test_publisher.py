"""tickcast.Publisher against real servers: what it hands in, how long it waits, and what it says."""

import asyncio
import itertools
from collections.abc import Awaitable
from decimal import Decimal
from typing import Any

import pytest
import redis.asyncio

import tickcast
from tests.client.conftest import HandedIn
from tests.support.eventually import eventually
from tests.support.held_line import held_line
from tests.support.ports import free_port
from tests.support.servers import PrivateValkey
from tickcast.wire.inbox import Entry
from tickcast.wire.symbol import partition_of


def once(entries: list[Entry]) -> list[str]:
    """Return the prices of entries without those that a publisher of the feed skips as repeated."""
    newest, found = 0, []
    for entry in entries:
        assert entry.number is not None
        if entry.number > newest:
            newest = entry.number
            found += [tick.price for tick, _ in entry.ticks]
    return found


async def test_what_is_published_stands_in_the_inbox_of_its_partition(handed_in: HandedIn) -> None:
    await handed_in.begin(partitions=4)
    symbols = [f"S{number}" for number in range(20)]
    async with tickcast.Publisher(handed_in.url, by="desk") as publisher:
        for price in ("189.30", Decimal("189.310"), 189.25, 190):
            for symbol in symbols:
                await publisher.publish(symbol, price=price)
        await publisher.flush()
        assert await handed_in.prices() == {
            symbol: ["189.30", "189.310", "189.25", "190"] for symbol in symbols
        }
    for partition in range(4):
        entries = await handed_in.entries(partition)
        assert {entry.by for entry in entries} == {publisher.by}
        assert {tick.symbol for entry in entries for tick, _ in entry.ticks} == {
            symbol for symbol in symbols if partition_of(symbol.encode(), 4) == partition
        }
    assert publisher.by.startswith("desk.")


async def test_every_kind_of_line_is_handed_in_and_in_order(handed_in: HandedIn) -> None:
    async with tickcast.Publisher(handed_in.url) as publisher:
        await publisher.describe("aapl", name="Apple", tick="0.01")
        await publisher.publish("aapl", price=1, size=2, bid=3, bid_size=4, ask=5, ask_size=6, volume=7)
        await publisher.state("aapl", "closed")
        await publisher.retire("aapl")
        await publisher.publish_many([{"symbol": "aapl", "price": 8}, {"symbol": "aapl", "price": 9}])
    said = []
    for entry in await handed_in.entries():
        said += [each.name for each, _ in entry.descriptions]
        said += [tick.price for tick, _ in entry.ticks]
        said += [each.state for each, _ in entry.states]
        said += [symbol for symbol, _ in entry.retired]
        assert all(b'"S":"AAPL"' in line for _, line in entry.ticks)
    assert said == ["Apple", "1", "closed", "AAPL", "8", "9"]


async def test_it_waits_until_the_feed_has_begun(valkey_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        handed_in = HandedIn(valkey_url, client)
        async with tickcast.Publisher(valkey_url) as publisher:
            await publisher.publish("aapl", price=1)
            with pytest.raises(TimeoutError, match=r"^1 lines .* no publisher has begun the feed 'main'"):
                await publisher.flush(1)
            await handed_in.begin(16, "keep")
            await publisher.flush()
        (entry,) = await handed_in.entries(partition_of(b"aapl", 16))
        assert b'"S":"aapl"' in entry.ticks[0][1]
    assert "prices wait: no publisher has begun the feed" in caplog.text


async def test_lines_are_gathered_while_an_entry_is_in_flight(in_valkey: HandedIn) -> None:
    async with held_line(in_valkey.url) as line, tickcast.Publisher(line.url) as publisher:
        await publisher.publish("AAPL", price=0)
        await publisher.flush()
        line.hold()
        for price in range(1, 1500):
            await publisher.publish("AAPL", price=price)
        line.release()
        await publisher.flush()
        entries = await in_valkey.entries()
        assert [len(entry.ticks) for entry in entries] == [1, 1, 1000, 498]
        assert await in_valkey.prices() == {"AAPL": [str(price) for price in range(1500)]}


async def test_a_lost_answer_is_handed_in_again_with_the_same_number(in_valkey: HandedIn) -> None:
    async with held_line(in_valkey.url) as line, tickcast.Publisher(line.url) as publisher:
        await publisher.publish("AAPL", price=1)
        await publisher.flush()
        for price in range(2, 6):
            before = await in_valkey.redis.xlen(in_valkey.names.inbox(0))
            line.hold()
            await publisher.publish("AAPL", price=price)
            await eventually(lambda before=before: _longer(in_valkey, before))
            line.cut()
            line.release()
            await publisher.flush()
        entries = await in_valkey.entries()
        assert len(entries) == 1 + 4 * 2
        assert once(entries) == ["1", "2", "3", "4", "5"]


async def _longer(handed_in: HandedIn, than: int) -> bool:
    length: int = await handed_in.redis.xlen(handed_in.names.inbox(0))
    return length > than


async def test_it_goes_on_after_a_restart_of_redis() -> None:
    with PrivateValkey(appendonly="yes", appendfsync="always") as server:
        async with redis.asyncio.Redis.from_url(server.url) as client:
            handed_in = HandedIn(server.url, client)
            await handed_in.begin()
            async with tickcast.Publisher(server.url) as publisher:
                await publisher.publish("AAPL", price=1)
                await publisher.flush()
                server.kill()
                await publisher.publish("AAPL", price=2)
                with pytest.raises(TimeoutError, match=r"not taken after .*: no connection to Redis"):
                    await publisher.flush(1)
                server.restart()
                await publisher.publish("AAPL", price=3)
                await publisher.flush()
            await client.connection_pool.disconnect()
            assert once(await handed_in.entries()) == ["1", "2", "3"]


async def test_a_full_inbox_makes_it_wait_and_loses_nothing(
    handed_in: HandedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKCAST_INBOX_BYTES", "4000")
    prices: list[str] = []
    async with tickcast.Publisher(handed_in.url) as publisher:
        for price in range(40):
            await publisher.publish("AAPL", price=price)
            while reason := await _reason(publisher.flush(0.3)):
                if "of this producer wait in the inbox, half of its room" in reason:
                    prices += once(await handed_in.entries())
                    # What a publisher of the feed does when it has taken them.
                    await handed_in.redis.xtrim(handed_in.names.inbox(0), maxlen=0)
    assert prices
    prices += once(await handed_in.entries())
    assert prices == [str(price) for price in range(40)]


async def _reason(call: Awaitable[None]) -> str:
    """Return why a call timed out; empty if it did not."""
    try:
        await call
    except TimeoutError as error:
        return str(error)
    return ""


async def test_who_publishes_faster_than_redis_takes_has_to_wait(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.client.outbox.MAX_LINES", 100)
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        handed_in = HandedIn(valkey_url, client)
        async with tickcast.Publisher(valkey_url) as publisher:
            for price in range(100):
                await publisher.publish("AAPL", price=price)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(publisher.publish("AAPL", price=100), 0.2)
            await handed_in.begin()
            await publisher.publish("AAPL", price=100)
        assert await handed_in.prices() == {"AAPL": [str(price) for price in range(101)]}


async def test_the_environment_names_redis(in_valkey: HandedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICKCAST_REDIS_URL", raising=False)
    monkeypatch.setenv("REDIS_URL", in_valkey.url)
    async with tickcast.Publisher() as publisher:
        await publisher.publish("AAPL", price=1)
    assert await in_valkey.prices() == {"AAPL": ["1"]}


async def test_an_error_in_its_context_is_not_hidden_by_one_at_its_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.client.publisher.CLOSE_SECONDS", 0.1)

    async def fail() -> None:
        async with tickcast.Publisher(f"redis://127.0.0.1:{free_port()}") as publisher:
            await publisher.publish("AAPL", price=1)
            await publisher.publish("AAPL", price="x")

    with pytest.raises(tickcast.FieldError):
        await fail()
    assert "1 lines are not taken after 0.1 s" in caplog.text


async def test_ticks_before_a_bad_one_are_published(in_valkey: HandedIn) -> None:
    ticks: list[dict[str, Any]] = [{"symbol": "AAPL", "price": price} for price in (1, 2, "x", 4)]
    async with tickcast.Publisher(in_valkey.url) as publisher:
        with pytest.raises(tickcast.FieldError, match=r"^\[2\] price: 'x'"):
            await publisher.publish_many(ticks)
    assert await in_valkey.prices() == {"AAPL": ["1", "2"]}


async def test_publishers_of_one_name_are_producers_of_their_own(in_valkey: HandedIn) -> None:
    for price in (1, 2):
        async with tickcast.Publisher(in_valkey.url, by="desk") as publisher:
            await publisher.publish("AAPL", price=price)
    first, second = await in_valkey.entries()
    assert first.by != second.by
    assert first.by[:5] == second.by[:5] == "desk."


async def test_what_publish_has_taken_while_it_closes_is_handed_in(in_valkey: HandedIn) -> None:
    publisher = tickcast.Publisher(in_valkey.url)
    taken: list[str] = []

    async def publish_on() -> None:
        for price in itertools.count(1):
            await publisher.publish("AAPL", price=price)
            taken.append(str(price))

    publishing = asyncio.create_task(publish_on())
    await eventually(lambda: len(taken) > 100)
    await publisher.close()
    with pytest.raises(tickcast.PublishError, match="closed"):
        await publishing
    assert await in_valkey.prices() == {"AAPL": taken}
