"""Poison in the feed: what is no batch, or a forged one, is counted, logged once and passed over."""

import json
from typing import Any

import pytest

from tests.support.event_stream import answer_of, opened
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.servers import PrivateValkey
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.feed.short_values import ShortValues
from tickcast.runtime.rejects import Rejects
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.position import Position
from tickcast.wire.symbol import partition_of

POISON = [
    b"",
    b"garbage",
    b"2 0123456789abcdef 1-0 0-0 5 1 0 0\nA\t{}\n",
    b"2 0123456789abcdef 2-0 1-0 5 2 0 0\nA\t" + b'{"S":"A","q":1}\n',
    b"\x00" * 1000,
    b"2 0123456789abcdef 9999999999999999-0 0-0 5 0 0 0\n",
]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the feed and the instruments have logged as errors."""
    said: list[str] = []
    monkeypatch.setattr(
        "tickcast.runtime.rejects._log.error", lambda text, **_: said.append(text), raising=False
    )
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
        assert gateway.gateway.live.feed.poisoned == len(POISON)
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
        head = f"2 {feeder.epochs[0]} {prev.ms + 1}-0 {prev} 5 1 0 0"
        await feeder.forge(f'{head}\n{stray}\t{{"S":"{stray}","q":666,"t":1,"p":1}}\n'.encode())
        await eventually(lambda: gateway.gateway.live.feed.poisoned == 1)
        await feeder.tick(stray)
        assert await client.ticks(2) == [(stray, 1), (stray, 2)]


async def test_a_forged_batch_that_follows_nothing_is_not_believed(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        ms = feeder.positions[0].ms + 5000
        forged = b'2 %b %d-0 %d-0 5 1 0 0\nA\t{"S":"A","q":666,"t":1,"p":1}\n'
        await feeder.forge(forged % (feeder.epochs[0].encode(), ms, ms - 1))
        await feeder.forge(forged % (b"f" * 16, ms, ms - 1))
        await eventually(lambda: gateway.gateway.live.feed.poisoned == 2)
        await feeder.tick("A")
        assert await client.ticks(2) == [("A", 1), ("A", 2)]
        assert sum(gateway.hub.gaps.sent.values()) == 0


async def test_a_forged_batch_that_fits_is_undone_with_the_next_heartbeat_and_told_as_a_gap(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        await client.ticks(1)
        position, epoch = feeder.positions[0], feeder.epochs[0].encode()
        forged = b'2 %b %d-0 %b %d 1 0 0\nA\t{"S":"A","q":666,"t":1,"p":1}\n'
        own, sent = position.ms + 10**9, position.ms * 1000 + 999
        await feeder.forge(forged % (epoch, own, str(position).encode(), sent))
        assert await client.ticks(1) == [("A", 666)]
        await feeder.heartbeat()
        gap = await client.expect("gap")
        assert (gap["reason"], gap["from"]) == ("feed", gap["to"])
        assert [tick["q"] for tick in await client.expect("snapshot")] == [1]
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 2)]


async def test_poison_in_the_log_is_passed_over(feeder: Feeder, valkey_url: str, logged: list[str]) -> None:
    await feeder.tick("A")
    await feeder.redis.xadd(names.log(0), {"b": b"rubbish"})
    await feeder.redis.xadd(names.log(0), {"other": b"field"})
    await feeder.tick("A")
    async with local_gateway(valkey_url) as gateway, opened(gateway.url) as client:
        assert gateway.gateway.live.ingest.ticks == 2
        await feeder.redis.xadd(names.log(0), {"b": b"more"})
        await feeder.tick("A", heard=False)
        await feeder.tick("A")
        assert await client.ticks(2) == [("A", 3), ("A", 4)]
        assert gateway.gateway.live.feed.poisoned >= 3
        assert sum(gateway.hub.gaps.sent.values()) == 0
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
        await eventually(lambda: gateway.gateway.live.instruments.poisoned == 3)
        assert (await answer_of(gateway.url, "/v1/symbols")).body == b"[]"
        assert gateway.gateway.live.feed.poisoned == 3
    assert sorted(logged) == ["poisoned instrument skipped", "poisoned last value skipped"]


async def test_of_an_instrument_only_what_belongs_to_it_is_served(feeder: Feeder, valkey_url: str) -> None:
    good = encode_instrument(Instrument("A", "Apple", "0.01", "188.20", "USD"))
    for symbol, json_ in {
        # NaN is no JSON: with it in the list no browser could read any of it.
        "A": good[:-1] + b',"more":NaN,"state":"halted","since":7}',
        "B": good.replace(b'"A"', b'"B"')[:-1] + b',"more":"%b"}' % (b"x" * 5000),
        "C": good.replace(b'"A"', b'"C"').replace(b"188.20", b"1e308"),
        "D": good.replace(b'"A"', b'"D"').replace(b"Apple", b"x" * 129),
    }.items():
        await feeder.redis.hset(names.symbols(0), symbol, json_)
    async with local_gateway(valkey_url) as gateway:
        await eventually(lambda: gateway.gateway.live.instruments.poisoned == 3)
        [listed] = json.loads((await answer_of(gateway.url, "/v1/symbols")).body, parse_constant=pytest.fail)
        assert listed | {"src": ""} == {
            **json.loads(good),
            "src": "",
            "state": "halted",
            "since": 7,
        }


async def test_an_entry_of_the_far_future_in_the_log_does_not_stop_the_feed(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        await feeder.redis.xadd(names.log(0), {"b": b"x"}, id=str(Position(2**53, 0)))
        for _ in range(3):
            await feeder.tick("A")
        assert await client.ticks(4) == [("A", q) for q in range(1, 5)]


async def test_an_entry_of_the_log_with_a_huge_number_keeps_no_gateway_unready(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick("A")
    ms = feeder.positions[0].ms
    for entry in (f"{ms}-{2**64 - 2}", f"{2**60}-1"):
        await feeder.redis.xadd(names.log(0), {"b": b"rubbish"}, id=entry)
    async with local_gateway(valkey_url) as gateway:
        snapshot = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
        assert [tick["S"] for tick in snapshot["ticks"]] == ["A"]
        await feeder.redis.delete(names.log(0))
        await feeder.tick("A")
        await eventually(lambda: gateway.gateway.live.ingest.ticks > 0)


async def test_a_redis_that_does_not_tell_sizes_is_read_all_the_same(private_valkey: PrivateValkey) -> None:
    async with Feeder(private_valkey.url) as feeder:
        await feeder.tick("A")
        rules = ("on", "nopass", "~*", "&*", "+@all", "-memory")
        await feeder.redis.execute_command("ACL", "SETUSER", "ann", *rules)
        url = private_valkey.url.replace("://", "://ann:x@")
        async with local_gateway(url) as gateway:
            snapshot = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
            assert [tick["S"] for tick in snapshot["ticks"]] == ["A"]


async def test_values_longer_than_any_value_are_left_out_and_not_even_read(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeder.tick("A", "B")
    long = b'{"S":"C","q":1,"t":1,"p":1,"x":"%b"}' % (b"x" * 1_000_000)
    for key in (names.last(0), names.symbols(0), names.bars(0)):
        await feeder.redis.hset(key, "C", long)
    read = []

    def measured(method: Any) -> Any:
        async def run(client: FeedClient, *args: Any) -> Any:
            answer = await method(client, *args)
            read.append(len(repr(answer)))
            return answer

        return run

    for method in (FeedClient.ask, FeedClient.transaction):
        monkeypatch.setattr(FeedClient, method.__name__, measured(method))
    async with local_gateway(valkey_url) as gateway:
        snapshot = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
        assert [tick["S"] for tick in snapshot["ticks"]] == ["A", "B"]
        assert gateway.gateway.live.feed.poisoned >= 3
    assert max(read) < 10_000


async def test_beside_a_long_value_all_is_read_as_of_one_moment(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeder.tick("A", "B")
    await feeder.redis.hset(names.last(0), "C", b"x" * 1_000_000)
    transaction, later = FeedClient.transaction, iter(["D", "E"])

    async def after_a_tick(client: FeedClient, what: str, *commands: Any) -> Any:
        # Once the lengths are known, there are more symbols, and newer ticks.
        if what == "loading what is short" and (symbol := next(later, None)):
            await feeder.tick("A", symbol)
        return await transaction(client, what, *commands)

    monkeypatch.setattr(FeedClient, "transaction", after_a_tick)
    client = FeedClient(valkey_url)
    snapshot = await Broker(client).snapshot(0)
    await client.close()
    assert snapshot.state.position == feeder.positions[0]
    found = {symbol: json.loads(tick)["q"] for symbol, tick in snapshot.ticks}
    assert found == {b"A": 3, b"B": 1, b"D": 1, b"E": 1}


async def test_a_few_long_values_among_many_true_ones_are_noticed(feeder: Feeder, valkey_url: str) -> None:
    await feeder.tick(*[f"S{number}" for number in range(500)])
    client = FeedClient(valkey_url)
    short = ShortValues(client, Rejects())
    assert await short.are_fair([names.last(0)])
    # Less than 2 KB for each value, on the average.
    await feeder.redis.hset(names.last(0), "LONG", b"x" * 900_000)
    assert not await short.are_fair([names.last(0)])
    await client.close()
