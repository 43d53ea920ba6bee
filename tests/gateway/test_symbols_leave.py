"""A symbol that leaves is gone from a gateway: snapshot, symbols, bars, streams, all ways back to them."""

import json
from typing import Any

import pytest

from tests.support.event_stream import answer_of, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.wire.bar import Bar
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Retired, SymbolState
from tickcast.wire.tick import Tick, encode_tick


def bar(symbol: str, start: int) -> Bar:
    """Return a bar of one tick."""
    return Bar(symbol, "1m", start * 60_000_000, "1", "1", "1", "1", None, 1, start)


async def symbols(url: str) -> list[Any]:
    """Return what /v1/symbols lists."""
    return list(json.loads((await answer_of(url, "/v1/symbols")).body))


async def lists(url: str, *expected: str) -> bool:
    """Tell whether /v1/symbols lists exactly these."""
    return [each["S"] for each in await symbols(url)] == [*expected]


async def test_a_symbol_that_leaves_is_gone_here_on_a_gateway_that_starts_and_for_who_comes_back(
    feeder: Feeder, valkey_url: str
) -> None:
    both = [Instrument(symbol, symbol, "0.01", "1", "USD") for symbol in "AB"]
    await feeder.claim(both)
    async with local_gateway(valkey_url) as gateway, opened(gateway.url) as client:
        for start in (1, 2):
            await feeder.publish(feeder.make("A"), bars=[bar("A", start)])
        await feeder.tick("B")
        await client.ticks(3)
        cursor = client.seen[-2].id.decode()
        await eventually(lambda: lists(gateway.url, "A", "B"))
        assert (await answer_of(gateway.url, "/v1/bars/A?interval=1m")).status == 200
        await feeder.say(Retired("A", "operator"))
        assert await client.expect("retired") == {"S": ["A"], "reason": "operator"}
        for target, status in (("/v1/bars/A?interval=1m", 404), ("/v1/snapshot", 200)):
            answer = await answer_of(gateway.url, target)
            assert answer.status == status
            assert b'"S":"A"' not in answer.body
        await eventually(lambda: lists(gateway.url, "B"))
        # Another gateway starts from the log, and serves the old cursor exactly.
        async with local_gateway(valkey_url, gateway_id="other") as other:
            assert [*other.gateway.live.last] == [b"B"]
            async with stream(other.url, cursor) as again:
                hello = await again.expect("hello")
                assert (hello["resumed"], hello["replayed"], hello["symbols"]) == ("replayed", 2, 1)
                assert (await again.expect("tick"))["S"] == "B"
                assert await again.expect("retired") == {"S": ["A"], "reason": "operator"}
            async with stream(other.url, cursor, interval=250) as again:
                await again.expect("hello")
                assert await again.expect("retired") == {"S": ["A"], "reason": "operator"}
                assert (await again.expect("tick"))["S"] == "B"
        # If it returns it counts from 1, and old bars are not its own.
        await feeder.claim(both[:1])
        await feeder.publish(feeder.make("A"), bars=[bar("A", 2)._replace(q=1, close="9")])
        assert (await client.expect("tick"))["q"] == 1
        found = json.loads((await answer_of(gateway.url, "/v1/bars/A?interval=1m")).body)["bars"]
        assert [(each["t"], each["c"]) for each in found] == [(120_000_000, 9)]
        await eventually(lambda: lists(gateway.url, "A", "B"))


async def test_a_state_reaches_streams_symbols_and_a_gateway_that_starts_without_the_log(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.claim([Instrument("A", "A", "0.01", "1", "USD"), Instrument("B", "B", "0.01", "1", "USD")])
    await feeder.tick("A", "B")
    async with local_gateway(valkey_url) as gateway, opened(gateway.url) as client:
        await eventually(lambda: lists(gateway.url, "A", "B"))
        halted = {"S": "A", "state": "halted", "since": 7}
        await feeder.say(SymbolState("A", "halted", 7))
        assert await client.expect("state") == halted

        async def has_states(**states: tuple[str, int | None]) -> bool:
            found = {each["S"]: (each["state"], each.get("since")) for each in await symbols(gateway.url)}
            return found == states

        await eventually(lambda: has_states(A=("halted", 7), B=("live", None)))
        await feeder.redis.xtrim("{tickcast:main:0}:log", maxlen=0)
        async with local_gateway(valkey_url, gateway_id="other") as other, stream(other.url) as late:
            await late.expect("hello")
            assert len(await late.expect("snapshot")) == 2
            assert await late.expect("state") == halted
        await feeder.say(SymbolState("A", "live", 8))
        assert (await client.expect("state"))["state"] == "live"


async def test_where_prices_come_from_is_listed_by_symbol(feeder: Feeder, valkey_url: str) -> None:
    await feeder.claim([Instrument(symbol, symbol, "0.01", "1", "USD") for symbol in "AB"])
    invented = encode_tick(Tick("A", 1, "1"), 1, ',"src":"sim"}')
    await feeder.publish([(b"A", invented), *feeder.make("B")])
    async with local_gateway(valkey_url) as gateway:
        await eventually(lambda: lists(gateway.url, "A", "B"))
        assert [(each["S"], each.get("src")) for each in await symbols(gateway.url)] == [
            ("A", "sim"),
            ("B", None),
        ]
        body = (await answer_of(gateway.url, "/v1/snapshot?symbols=A")).body
        assert json.loads(body)["ticks"][0]["src"] == "sim"


async def test_a_batch_of_another_version_is_counted_and_named_and_stops_nothing(
    gateway: LocalGateway, feeder: Feeder, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(gateway.url) as client:
        await feeder.forge(b'1 %b 9-0 8-0 5 1 0\nA\t{"S":"A","q":1,"t":1,"p":1}\n' % (b"e" * 16))
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 1)]
    assert gateway.gateway.live.feed.poisoned == 1
    assert "a batch of version 1; version 2 is needed: run publishers and gateways of one release" in (
        capsys.readouterr().out
    )
