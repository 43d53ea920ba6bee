"""The feed: holes, poison, lost data, and a Redis that hangs. Clients lose nothing, or are told."""

import asyncio
import json

import pytest

from tests.support.event_stream import answer_of, asked, opened, stream, ticks_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.held_line import held_line
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.servers import PrivateValkey
from wire import names
from wire.position import Position
from wire.symbol import partition_of


@pytest.mark.parametrize("lost", [1, 5, 300])
async def test_a_hole_in_the_channel_is_filled_from_the_log(
    gateway: LocalGateway, feeder: Feeder, lost: int
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        for _ in range(lost):
            await feeder.tick("A", "B", heard=False)
        await feeder.tick("A")
        ticks = await client.ticks(2 * lost + 2)
        assert [q for symbol, q in ticks if symbol == "A"] == list(range(1, lost + 3))
        assert [q for symbol, q in ticks if symbol == "B"] == list(range(1, lost + 1))
        assert gateway.gateway.feed.holes == 1


async def test_a_hole_at_the_tail_shows_with_the_next_heartbeat(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A", heard=False)
        await feeder.heartbeat()
        assert await client.ticks(1) == [("A", 1)]


async def test_what_comes_while_a_hole_is_filled_waits_its_turn(feeder: Feeder, valkey_url: str) -> None:
    async with (
        held_line(valkey_url) as line,
        local_gateway(line.url) as gateway,
        opened(gateway.url) as client,
    ):
        await feeder.tick("A")
        await client.ticks(1)
        line.hold()
        await feeder.tick("A", heard=False)
        for number in range(20):
            await feeder.tick("A", heard=number % 3 != 0)
        line.release()
        await feeder.heartbeat()
        assert await client.ticks(21) == [("A", q) for q in range(2, 23)]


async def test_nothing_is_lost_when_the_link_breaks_again_and_again_under_load(
    feeder: Feeder, valkey_url: str
) -> None:
    async with local_gateway(valkey_url) as gateway, opened(gateway.url) as client, feeder.beating():
        reading = asyncio.create_task(client.ticks(3000, timeout=60))
        for number in range(1500):
            if number % 150 == 75:
                await feeder.redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await feeder.tick("A", "B")
            await asyncio.sleep(0.002)
        ticks = await reading
        assert [q for symbol, q in ticks if symbol == "A"] == list(range(1, 1501))
        assert [q for symbol, q in ticks if symbol == "B"] == list(range(1, 1501))
        assert gateway.gateway.feed.reconnects >= 3
        assert sum(gateway.hub.arrears.gaps.values()) == 0


async def test_a_hole_below_a_trimmed_log_is_told_as_a_gap_with_what_is_newest(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client, opened(gateway.url, interval=50) as calm:
        await feeder.tick("A", "B")
        await client.ticks(2)
        await calm.ticks(2)
        before = client.cursor
        for _ in range(3):
            await feeder.tick("A", "C", heard=False)
        await feeder.redis.xtrim(names.log(0), maxlen=1, approximate=False)
        await feeder.tick("B")
        gap = await client.expect("gap")
        assert (gap["reason"], gap["from"]) == ("retention", before)
        changed = {tick["S"]: tick["q"] for tick in await client.expect("snapshot")}
        assert changed.items() >= {"A": 4, "C": 3}.items()
        assert client.cursor == gap["to"]
        events = await calm.until(lambda event: event.type == b"snapshot")
        assert b"gap" in [event.type for event in events]
        await feeder.tick("A")
        events = await client.until(lambda event: event.type == b"tick" and b'"A"' in event.data)
        assert ticks_of(events)[-1] == ("A", 5)
    async with stream(gateway.url, before) as again:
        assert (await again.expect("hello"))["resumed"] == "reset"


async def test_an_emptied_redis_is_told_as_a_gap_once_the_publisher_has_restored_it(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A", "B")
        await client.ticks(2)
        before = client.cursor
        last = await feeder.redis.hvals(names.last(0))
        await feeder.redis.flushall()
        await feeder.claim(renew=True, last=last)
        await feeder.tick("A")
        gap = await client.expect("gap")
        assert (gap["reason"], gap["from"]) == ("feed", before)
        await client.expect("snapshot")
        await feeder.tick("B")
        events = await client.until(lambda event: event.type == b"tick" and b'"B"' in event.data)
        assert ticks_of(events)[-1] == ("B", 2)
    async with stream(gateway.url, before) as again:
        assert (await again.expect("hello"))["resumed"] == "reset"
        assert sorted((tick["S"], tick["q"]) for tick in await again.expect("snapshot")) == [
            ("A", 2),
            ("B", 2),
        ]


async def test_a_gateway_may_start_before_the_first_publisher(valkey_url: str) -> None:
    async with (
        local_gateway(valkey_url) as gateway,
        opened(gateway.url, symbols="A") as client,
        Feeder(valkey_url) as feeder,
    ):
        await feeder.tick("A")
        await feeder.tick("A")
        events = await client.until(lambda event: event.type == b"tick" and b'"q":2' in event.data)
        assert ticks_of(events) == [("A", 1), ("A", 2)]
        assert gateway.gateway.feed.poisoned == 0


POISON = [
    b"",
    b"garbage",
    b"1 0123456789abcdef 1-0 0-0 5 1 0\nA\t{}\n",
    b"1 0123456789abcdef 2-0 1-0 5 2 0\nA\t" + b'{"S":"A","q":1}\n',
    b"\x00" * 1000,
    b"1 0123456789abcdef 9999999999999999-0 0-0 5 0 0\n",
]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the feed and the instruments have logged as errors."""
    said: list[str] = []
    monkeypatch.setattr("gateway.sieve.log.error", lambda text, **_: said.append(text), raising=False)
    monkeypatch.setattr("gateway.instruments.log.error", lambda text, **_: said.append(text), raising=False)
    return said


async def test_poison_in_the_channel_is_counted_logged_once_and_passed_over(
    gateway: LocalGateway, feeder: Feeder, logged: list[str]
) -> None:
    async with opened(gateway.url) as client:
        for poison in POISON:
            await feeder.tick("A")
            await feeder.forge(poison)
        await feeder.tick("A")
        assert await client.ticks(len(POISON) + 1) == [("A", q) for q in range(1, len(POISON) + 2)]
        assert gateway.gateway.feed.poisoned == len(POISON)
        assert logged == ["poisoned batch skipped"]


async def test_a_symbol_in_another_partition_than_its_own_is_poison(valkey_url: str) -> None:
    async with (
        Feeder(valkey_url, partitions=2) as feeder,
        local_gateway(valkey_url, partitions=2, ring_seconds=1) as gateway,
        opened(gateway.url) as client,
    ):
        stray = next(symbol for symbol in ("A", "B", "C", "D") if partition_of(symbol.encode(), 2) == 1)
        await feeder.tick(stray)
        prev = feeder.positions[0]
        head = f"1 {feeder.epochs[0]} {prev.ms + 1}-0 {prev} 5 1 0"
        await feeder.forge(f'{head}\n{stray}\t{{"S":"{stray}","q":666,"t":1,"p":1}}\n'.encode())
        await eventually(lambda: gateway.gateway.feed.poisoned == 1)
        await feeder.tick(stray)
        assert await client.ticks(2) == [(stray, 1), (stray, 2)]


async def test_a_redis_that_is_not_there_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("gateway.feed.log.warning", lambda text, **_: said.append(text), raising=False)
    async with local_gateway("redis://127.0.0.1:1", ready=False) as gateway:
        await eventually(lambda: gateway.gateway.feed.reconnects > 2)
    assert said == ["no connection to Redis, trying again"]


async def test_a_forged_batch_that_follows_nothing_is_not_believed(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        ms = feeder.positions[0].ms + 5000
        forged = b'1 %b %d-0 %d-0 5 1 0\nA\t{"S":"A","q":666,"t":1,"p":1}\n'
        await feeder.forge(forged % (feeder.epochs[0].encode(), ms, ms - 1))
        await feeder.forge(forged % (b"f" * 16, ms, ms - 1))
        await eventually(lambda: gateway.gateway.feed.poisoned == 2)
        await feeder.tick("A")
        assert await client.ticks(2) == [("A", 1), ("A", 2)]
        assert sum(gateway.hub.arrears.gaps.values()) == 0


async def test_a_forged_batch_that_fits_is_undone_with_the_next_heartbeat_and_told_as_a_gap(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        await client.ticks(1)
        position, epoch = feeder.positions[0], feeder.epochs[0].encode()
        forged = b'1 %b %d-0 %b 5 1 0\nA\t{"S":"A","q":666,"t":1,"p":1}\n'
        await feeder.forge(forged % (epoch, position.ms + 10**9, str(position).encode()))
        assert await client.ticks(1) == [("A", 666)]
        await feeder.heartbeat()
        assert (await client.expect("gap"))["reason"] == "feed"
        assert [tick["q"] for tick in await client.expect("snapshot")] == [1]
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 2)]


async def test_poison_in_the_log_is_passed_over(feeder: Feeder, valkey_url: str, logged: list[str]) -> None:
    await feeder.tick("A")
    await feeder.redis.xadd(names.log(0), {"b": b"rubbish"})
    await feeder.redis.xadd(names.log(0), {"other": b"field"})
    await feeder.tick("A")
    async with local_gateway(valkey_url) as gateway, opened(gateway.url) as client:
        assert gateway.gateway.intake.ticks == 2
        await feeder.redis.xadd(names.log(0), {"b": b"more"})
        await feeder.tick("A", heard=False)
        await feeder.tick("A")
        assert await client.ticks(2) == [("A", 3), ("A", 4)]
        assert gateway.gateway.feed.poisoned >= 3
        assert sum(gateway.hub.arrears.gaps.values()) == 0
    assert logged == ["poisoned batch skipped"]


async def test_poisoned_last_values_and_instruments_are_left_out(
    feeder: Feeder, valkey_url: str, logged: list[str]
) -> None:
    await feeder.tick("A")
    for symbol, json_ in {
        "B": b"rubbish",
        "C": b'{"S":"C","q":1}\n\nevent: bye',
        'D"': b'{"S":"D"","q":1}',
    }.items():
        await feeder.redis.hset(names.last(0), symbol, json_)
        await feeder.redis.hset(names.symbols(0), symbol, json_)
    async with local_gateway(valkey_url) as gateway:
        snapshot = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
        assert [tick["S"] for tick in snapshot["ticks"]] == ["A"]
        await eventually(lambda: gateway.gateway.instruments.poisoned == 3)
        assert (await answer_of(gateway.url, "/v1/symbols")).body == b"[]"
        assert gateway.gateway.feed.poisoned == 3
    assert sorted(logged) == ["poisoned instrument skipped", "poisoned last value skipped"]


async def test_an_entry_of_the_far_future_in_the_log_does_not_stop_the_feed(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        await feeder.redis.xadd(names.log(0), {"b": b"x"}, id=str(Position(2**53, 0)))
        for _ in range(3):
            await feeder.tick("A")
        assert await client.ticks(4) == [("A", q) for q in range(1, 5)]


async def test_without_a_publisher_the_feed_is_stale_in_words_and_live_when_it_comes_back(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        status = await client.expect("status")
        assert (status["feed"], status["reason"]) == ("stale", "no heartbeat from the publisher")
        assert 3000 <= status["age"] < 6000
        async with stream(gateway.url) as late:
            await late.expect("hello")
            assert (await late.expect("status"))["feed"] == "stale"
        await feeder.heartbeat()
        assert (await client.expect("status"))["feed"] == "live"


async def test_a_hung_redis_makes_the_feed_stale_and_nothing_that_it_kept_is_lost(
    private_valkey: PrivateValkey,
) -> None:
    async with (
        Feeder(private_valkey.url) as feeder,
        local_gateway(private_valkey.url) as gateway,
        opened(gateway.url) as client,
    ):
        async with feeder.beating():
            await feeder.tick("A")
            await client.ticks(1)
        private_valkey.pause()
        assert (await client.expect("status"))["feed"] == "stale"
        private_valkey.resume()
        await feeder.tick("A")
        events = await client.until(lambda event: event.type == b"status")
        events += await client.until(lambda event: event.type == b"tick") if not ticks_of(events) else []
        assert json.loads(next(e.data for e in events if e.type == b"status"))["feed"] == "live"
        assert ticks_of(events) == [("A", 2)]


async def test_a_redis_that_died_and_came_back_empty_is_followed_again(private_valkey: PrivateValkey) -> None:
    async with (
        Feeder(private_valkey.url) as feeder,
        local_gateway(private_valkey.url) as gateway,
        opened(gateway.url) as client,
    ):
        await feeder.tick("A")
        await client.ticks(1)
        last = await feeder.redis.hvals(names.last(0))
        private_valkey.kill()
        await eventually(lambda: not gateway.gateway.state.is_linked)
        assert (await answer_of(gateway.url, "/readyz")).status == 503
        # A balancer may find a better gateway; who came without one is told that prices are old.
        async with asked(gateway.url, "/v1/stream", b"x-tickcast-balanced: 1") as balanced:
            assert balanced.status == 503
        async with opened(gateway.url) as direct:
            assert (await direct.expect("status"))["reason"] == "no connection to Redis"
        private_valkey.restart()
        async with Feeder(private_valkey.url) as again:
            again.positions, again.counts = feeder.positions, feeder.counts
            await again.claim(renew=True, last=last)
            async with again.beating():
                events = await client.until(lambda event: event.type == b"snapshot")
                gap = next(json.loads(event.data) for event in events if event.type == b"gap")
                assert gap["reason"] == "feed"
                await again.tick("A")
                events = await client.until(lambda event: event.type == b"tick")
                assert ticks_of(events) == [("A", 2)]
        await eventually(lambda: gateway.gateway.is_ready)
