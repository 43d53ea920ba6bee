"""PATCH /v1/streams/{id}: a watchlist changes on an open stream, whichever gateway is asked."""

import asyncio
import itertools
import json
import random
from typing import Any

import pytest

from tests.gateway.pair import problem_of, two_gateways
from tests.support.changing import open_stream, patch, reachable
from tests.support.event_stream import EventStream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.programs import running_gateway, running_publisher
from tests.support.slow_client import small
from tests.support.watchlist import WatchlistReader
from tickcast.client.sse import Event
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.gateway.streams.stream_ids import address_of

SYMBOLS = [f"S{number:02}" for number in range(20)]


@pytest.mark.parametrize("through", [0, 1])
async def test_a_change_takes_effect_through_any_gateway(
    feeder: Feeder, valkey_url: str, through: int
) -> None:
    await feeder.tick("A", "B", "C")
    async with (
        two_gateways(valkey_url) as gateways,
        open_stream(gateways[0].url, symbols="A,B") as (opened, stream_id),
    ):
        assert stream_id.startswith(address_of("one"))
        answer = await patch(gateways[through].url, stream_id, {"add": ["c", "X*"], "drop": ["A"]})
        assert answer.status_code == 200
        assert answer.json() == {"stream": stream_id, "symbols": ["B", "C", "X*"]}
        told = await opened.expect("symbols")
        assert told == {"symbols": 2, "added": ["C", "X*"], "dropped": ["A"]}
        assert [tick["S"] for tick in await opened.expect("snapshot")] == ["C"]
        await feeder.tick("A", "B", "C", "XY")
        assert await opened.ticks(3) == [("B", 2), ("C", 2), ("XY", 1)]
        assert gateways[through].gateway.control.results["done"] == 1
        again = await patch(gateways[through].url, stream_id, {"add": ["c", "X*"], "drop": ["A"]})
        assert again.json() == answer.json()
        await feeder.tick("B")
        assert await opened.ticks(1) == [("B", 3)]


@pytest.mark.parametrize("through", [0, 1])
@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "no JSON"),
        ({"add": ["A,B"]}, 400, "add: not symbols: 'A,B'"),
        ({"colour": "red"}, 400, "unknown member 'colour'"),
        ({"add": [f"T{number}" for number in range(30)]}, 400, "at most 25 are allowed"),
        (b"[" + b" " * MAX_BODY, 413, "more than 65536 bytes"),
    ],
)
async def test_a_change_that_is_not_allowed_changes_nothing(
    feeder: Feeder, valkey_url: str, through: int, body: Any, status: int, says: str
) -> None:
    async with (
        two_gateways(valkey_url, max_symbols=25) as gateways,
        open_stream(gateways[0].url, symbols="A") as (opened, stream_id),
    ):
        assert says in problem_of(await patch(gateways[through].url, stream_id, body), status)
        await feeder.tick("A")
        assert await opened.ticks(1) == [("A", 1)]


async def test_bars_come_and_go_without_reconnecting(valkey_url: str) -> None:
    async with (
        running_publisher(valkey_url, symbols=5, rate=200),
        running_gateway(valkey_url) as gateway,
        open_stream(gateway.url, symbols="AAPL,MSFT") as (opened, stream_id),
    ):
        changed = await patch(gateway.url, stream_id, {"bars": ["1s"], "bars_of": ["MSFT"]})
        assert changed.json()["symbols"] == ["AAPL", "MSFT"]
        bars = await opened.until(lambda event: event.type == b"bar")
        assert b"symbols" in [event.type for event in bars]
        assert (json.loads(bars[-1].data)["S"], json.loads(bars[-1].data)["i"]) == ("MSFT", "1s")
        # From one to the next none is left out: `q - n` is the `q` of the bar before.
        final: dict[int, Any] = {}
        while len(final) < 4:
            [*_, event] = await opened.until(lambda event: event.type == b"bar")
            bar = json.loads(event.data)
            final[bar["t"]] = bar
        for before, after in itertools.pairwise(final.values()):
            assert after["q"] - after["n"] == before["q"]
        await patch(gateway.url, stream_id, {"bars": []})
        await opened.until(lambda event: event.type == b"symbols")
        assert b"bar" not in {event.type for event in await until_ticks(opened, 300)}


async def until_ticks(opened: EventStream, count: int) -> list[Event]:
    """Return what comes up to some ticks more."""
    left = itertools.count(count - 1, -1)
    return await opened.until(lambda event: event.type == b"tick" and next(left) == 0)


@pytest.mark.parametrize(
    "stream_id",
    ["one", "one.", ".x", "one.AAAAAAAAAAAAAAAAAAAAAA", "other.AAAAAAAAAAAAAAAAAAAAAA", "nobody.A", "x" * 999,
     "one.%00", "%7Btickcast%3A0%7D.x", "o%20e.AAAA"],
)  # fmt: skip
async def test_a_stream_that_is_not_there_is_told_so(feeder: Feeder, valkey_url: str, stream_id: str) -> None:
    async with two_gateways(valkey_url) as (one, _):
        assert "no such stream" in problem_of(await patch(one.url, stream_id, {}), 404)
        assert one.gateway.control.results["unknown"] == 1


async def test_a_stream_that_has_ended_is_there_no_more(feeder: Feeder, valkey_url: str) -> None:
    async with two_gateways(valkey_url) as (one, other):
        async with open_stream(one.url) as (_, stream_id):
            assert (await patch(other.url, stream_id, {})).status_code == 200
        await eventually(one.is_empty)
        problem_of(await patch(other.url, stream_id, {}), 404)
        problem_of(await patch(one.url, stream_id, {}), 404)


async def test_of_two_gateways_with_one_id_either_takes_the_change(feeder: Feeder, valkey_url: str) -> None:
    async with (
        local_gateway(valkey_url, gateway_id="twin") as holder,
        local_gateway(valkey_url, gateway_id="twin") as other,
        open_stream(holder.url, symbols="A") as (opened, stream_id),
    ):
        await eventually(lambda: holder.gateway.control._listening and other.gateway.control._listening)
        for gateway, symbol in ((holder, "B"), (other, "C")):
            assert (await patch(gateway.url, stream_id, {"add": [symbol]})).status_code == 200
            assert (await opened.expect("symbols"))["added"] == [symbol]
            await opened.expect("snapshot")
        problem_of(await patch(other.url, other.gateway.ids.of("A" * 22), {}), 404)


async def test_under_load_and_changes_through_both_every_tick_comes_once(
    feeder: Feeder, valkey_url: str
) -> None:
    async with (
        feeder.beating(),
        running_gateway(valkey_url, gateway_id="one") as one,
        running_gateway(valkey_url, gateway_id="other") as other,
        open_stream(one.url, symbols="S00,S01") as (opened, stream_id),
    ):
        for gateway in (one, other):
            await eventually(lambda url=gateway.url: reachable(url, stream_id))
        reader, chance = WatchlistReader("S00,S01", exact=True), random.Random(7)
        loaded = asyncio.Event()

        async def load() -> None:
            while not loaded.is_set():
                await feeder.tick(*chance.choices(SYMBOLS, k=50))
                await asyncio.sleep(0.005)

        loading = asyncio.create_task(load())
        wanted: list[str] = []
        for number in range(60):
            change = {"add": chance.sample(SYMBOLS, 3), "drop": chance.sample(SYMBOLS, 3)}
            answer = await patch((one, other)[number % 2].url, stream_id, change)
            assert answer.status_code == 200, answer.text
            wanted = answer.json()["symbols"]
        loaded.set()
        await loading
        # The last ticks of all, after which nothing is on its way.
        await feeder.tick(*SYMBOLS)
        last = {symbol: feeder.counts[symbol] for symbol in wanted}
        while reader.newest != last or reader.selection.entries != wanted:
            event = await opened.next()
            assert event.type in (b"tick", b"symbols", b"snapshot", b"heartbeat", b"status")
            reader.read([event])


async def test_a_client_that_lags_has_its_new_list_when_it_reads_on(feeder: Feeder, valkey_url: str) -> None:
    async with two_gateways(valkey_url, compress=False) as (one, other):
        slow = await small(one.url, "/v1/stream?symbols=S00,S01")
        stream_id = (await slow.expect("hello"))["stream"]
        reader = WatchlistReader("S00,S01", exact=True)
        while not one.streams.slow.full:
            await feeder.tick(*SYMBOLS)
        answer = await patch(other.url, stream_id, {"add": ["S02"], "drop": ["S00"]})
        assert answer.json()["symbols"] == ["S01", "S02"]
        await feeder.tick(*SYMBOLS)
        while reader.newest != {symbol: feeder.counts[symbol] for symbol in ("S01", "S02")}:
            reader.read([await slow.next()])
        await feeder.tick("S00", "S01", "S02")
        assert await slow.ticks(2) == [(symbol, feeder.counts[symbol]) for symbol in ("S01", "S02")]
        slow.close()
