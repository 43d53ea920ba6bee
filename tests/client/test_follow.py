"""`tickcast.follow` against a real gateway: cuts, a slow reader, changes of its list, bars, states."""

import asyncio
import re
from decimal import Decimal
from typing import Any

import pytest

import tickcast
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.following import PATIENCE, places, take, until
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.client import follow as module
from tickcast.wire.bar import Bar
from tickcast.wire.notice import Retired, SymbolState
from tickcast.wire.tick import Tick, encode_tick

START = 1_795_384_800_000_000


def cut(gateway: LocalGateway) -> None:
    """Break the connection of every stream."""
    for stream in [*gateway.streams.registry]:
        stream.abort()


async def test_ticks_are_typed_and_keep_their_digits(feeder: Feeder, gateway: LocalGateway) -> None:
    full = Tick("A", START, "427.90", "100", "427.890", "3", "427.91", "4e2", "1204300")
    await feeder.publish([(b"A", encode_tick(full, 1, ',"src":"sim"}'))])
    feeder.counts["A"] = 1
    async with tickcast.follow(gateway.url, ["a"]) as prices:
        (newest,) = await take(prices, 1)
        assert newest == (
            *("A", 1, START, Decimal("427.90"), Decimal(100), Decimal("427.890"), Decimal(3)),
            *(Decimal("427.91"), Decimal("4e2"), Decimal(1204300), "sim", True),
        )
        assert str(newest.price) == "427.90"
        await feeder.tick("A")
        (update,) = await take(prices, 1)
        assert (update.q, update.size, update.bid, update.src, update.snapshot) == (2, 1, None, None, False)
        assert prices.state[:2] == ("open", "live")
        assert prices.state.gateway == "test"
        assert re.fullmatch("[0-9a-f]{12}", prices.state.epoch)
        assert prices.lag is not None
        assert 0 <= prices.lag < PATIENCE * 1000


async def test_numbers_may_be_floats(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A")
    async with tickcast.follow(gateway.url, "A", numbers=float) as prices:
        (tick,) = await take(prices, 1)
    assert (type(tick.price), tick.price, type(tick.size), tick.bid) == (float, 100.01, float, None)


async def test_after_each_cut_it_goes_on_exactly_where_it_was(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A", "B")
    async with tickcast.follow(gateway.url) as prices:
        assert places(await take(prices, 2)) == [("A", 1), ("B", 1)]
        for turn in range(3):
            await feeder.tick("A", "B", "A")
            assert places(await take(prices, 3)) == [
                ("A", 2 + 4 * turn),
                ("B", 2 + 2 * turn),
                ("A", 3 + 4 * turn),
            ]
            cut(gateway)
            await feeder.tick("A", "A", "B")
            found = await take(prices, 3)
            assert places(found) == [("A", 4 + 4 * turn), ("A", 5 + 4 * turn), ("B", 3 + 2 * turn)]
            assert not any(tick.snapshot for tick in found)
        assert (prices.state.reconnects, prices.gaps) == (3, {})


async def test_a_program_that_reads_too_slowly_gets_a_gap_and_the_newest_prices(
    feeder: Feeder, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    # Every lag is long.
    gateway.streams.slow.brief = -1.0
    await feeder.tick("A")
    async with tickcast.follow(gateway.url, "A") as prices:
        await take(prices, 1)
        while not gateway.streams.slow.full:
            await feeder.tick(*["A"] * 2000)
        newest = feeder.counts["A"]
        found = await until(prices, lambda found: bool(found) and getattr(found[-1], "q", 0) == newest)
        (gap,) = [event for event in found if isinstance(event, tickcast.Gap)]
        assert (gap.reason, prices.gaps) == ("slow", {"slow": 1})
        assert gap.before
        assert gap.after not in (None, gap.before)
        behind = found[found.index(gap) + 1 :]
        assert behind[0].snapshot
        assert [tick.q for tick in behind] == [*range(behind[0].q, newest + 1)]
        before = [tick.q for tick in found[: found.index(gap)]]
        assert before == [*range(2, before[-1] + 1)]


async def test_while_no_gateway_answers_prices_are_stale_and_it_says_why(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick("A")
    async with local_gateway(valkey_url) as gateway:
        prices = tickcast.follow(gateway.url, "A")
        assert (await take(prices, 2, status=True))[0] == tickcast.Status("live", None, None)
    drained, refused = await take(prices, 2, status=True)
    assert drained == tickcast.Status(
        "stale", None, "no connection: the gateway has closed the stream: drain"
    )
    assert refused.feed == "stale"
    assert (prices.state.link, prices.state.feed) == ("waiting", "stale")
    assert "nothing listens" in prices.state.reason
    await prices.close()
    with pytest.raises(StopAsyncIteration):
        await anext(prices)
    assert prices.state.link == "closed"


async def test_symbols_are_added_and_dropped_while_it_runs(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A", "B", "BA")
    async with tickcast.follow(gateway.url, ["A"]) as prices:
        await take(prices, 1)
        await prices.add("b*")
        added = await take(prices, 2)
        assert (sorted(places(added)), added[0].snapshot) == ([("B", 1), ("BA", 1)], True)
        await prices.drop("A")
        await feeder.tick("A", "B")
        assert places(await take(prices, 1)) == [("B", 2)]
        cut(gateway)
        await feeder.tick("A", "BA")
        assert places(await take(prices, 1)) == [("BA", 2)]
        await prices.add("A")
        (again,) = await take(prices, 1)
        assert (again.symbol, again.q, again.snapshot) == ("A", 3, True)
        with pytest.raises(ValueError, match="close the stream"):
            await prices.drop("A", "B*")
        assert prices.gaps == {}


async def test_a_change_that_is_refused_raises_why_and_changes_nothing(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick("A")
    async with (
        local_gateway(valkey_url, max_symbols=2) as gateway,
        tickcast.follow(gateway.url, ["A"]) as prices,
    ):
        await take(prices, 1)
        with pytest.raises(tickcast.StreamRefusedError, match=r"HTTP 400: .*2") as refused:
            await prices.add("B", "C", "D")
        assert refused.value.status == 400
        cut(gateway)
        await feeder.tick("A")
        assert places(await take(prices, 1)) == [("A", 2)]


async def test_bars_states_and_symbols_that_leave(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A")
    bar = Bar("A", "1m", START, "1.50", "1.60", "1.40", "1.55", None, 3, 9)
    await feeder.publish([], bars=[bar])
    await feeder.say(SymbolState("A", "halted", START))
    async with tickcast.follow(gateway.url, "A", bars="1m") as prices:
        tick, state, formed = await take(prices, 3)
        assert tick.symbol == "A"
        assert state == tickcast.State("A", "halted", START)
        numbers = map(Decimal, ("1.50", "1.60", "1.40", "1.55"))
        assert formed == tickcast.Bar("A", "1m", START, *numbers, None, 3, 9)
        await feeder.say(SymbolState("A", "live", START + 1))
        assert await take(prices, 1) == [tickcast.State("A", "live", START + 1)]
        await feeder.say(Retired("A", "operator"))
        assert await take(prices, 1) == [tickcast.Retired(("A",), "operator")]
        await feeder.tick("A")
        assert places(await take(prices, 1)) == [("A", 1)]


async def test_a_feed_that_starts_over_is_a_gap_and_what_is_gone_is_retired(
    feeder: Feeder, gateway: LocalGateway
) -> None:
    await feeder.tick("A", "B")
    await feeder.tick("A")
    async with tickcast.follow(gateway.url) as prices:
        assert places(await take(prices, 2)) == [("A", 2), ("B", 1)]
        await feeder.redis.flushall()
        feeder.counts.clear()
        await feeder.claim(renew=True)
        await feeder.tick("A")
        found = await until(prices, lambda found: any(isinstance(each, tickcast.Tick) for each in found))
        assert [each.reason for each in found if isinstance(each, tickcast.Gap)] == ["feed"]
        assert places(found[-1:]) == [("A", 1)]
        gone = [each for each in found if isinstance(each, tickcast.Retired)]
        if not gone:
            await feeder.tick("A")
            gone = [each for each in await take(prices, 2) if isinstance(each, tickcast.Retired)]
        assert [name for each in gone for name in each.symbols] in (["B"], ["A", "B"])


async def test_a_conflated_stream_has_the_newest_and_no_gaps(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A")
    async with tickcast.follow(gateway.url, "A", interval=60) as prices:
        await take(prices, 1)
        await feeder.tick(*"AAAA")
        assert places(await take(prices, 1)) == [("A", 5)]
        assert (prices.state.interval, prices.gaps) == (100, {})


async def test_closing_it_ends_a_reader_that_waits(gateway: LocalGateway) -> None:
    prices = tickcast.follow(gateway.url, "A")

    async def read() -> list[Any]:
        return [event async for event in prices]

    reading = asyncio.create_task(read())
    await eventually(lambda: prices.state.link == "open")
    await prices.close()
    async with asyncio.timeout(PATIENCE):
        assert all(isinstance(event, tickcast.Status) for event in await reading)
    await eventually(gateway.is_empty)


async def test_a_wait_that_is_given_up_loses_nothing(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A")
    async with tickcast.follow(gateway.url, "A") as prices:
        await take(prices, 1)
        for q in range(2, 6):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(prices)
            await feeder.tick("A")
            assert places(await take(prices, 1)) == [("A", q)]


async def test_batches_hold_all_that_has_come(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A")
    async with tickcast.follow(gateway.url, "A") as prices:
        await take(prices, 1)
        await feeder.tick(*"AAA")
        assert places(await prices.batch(0.3)) == [("A", 2), ("A", 3), ("A", 4)]
        await feeder.tick("A")
        async for batch in prices.batches():
            assert places(batch) == [("A", 5)]
            await prices.close()
        assert await prices.batch() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"symbols": ["A,B"]}, "symbols: not a symbol: 'A,B'"),
        ({"symbols": []}, "symbols: 0 of them"),
        ({"symbols": ["A*B"]}, "symbols: not a symbol"),
        ({"interval": -1}, "interval: -1 is not an int from 0 to 3600000"),
        ({"bars": ["5m"]}, "bars: '5m' is not one of 1s, 1m, 15m, 1d"),
        ({"numbers": int}, "numbers: it is Decimal or float"),
        ({"token": "a b"}, "token: it is not"),
        ({"url": "ftp://x"}, "url: 'ftp://x' is no address"),
    ],
)
async def test_an_argument_that_cannot_be_right_is_refused_at_the_call(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(tickcast.FieldError) as refused:
        tickcast.follow(**{"url": "http://127.0.0.1:1", "symbols": "A"} | arguments)
    assert str(refused.value).startswith(words)
