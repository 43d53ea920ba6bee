"""PATCH /v1/streams/{id}: a watchlist changes on an open stream, whichever gateway is asked."""

import asyncio
import itertools
import json
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from cli.sse import Event
from gateway.change import MAX_BODY
from gateway.control import PATIENCE
from gateway.presence import SHOWN
from gateway.summary import Summary, encode_summary
from tests.support.changing import open_stream, patch
from tests.support.event_stream import EventStream, answer_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.programs import running_gateway, running_publisher
from tests.support.servers import PrivateValkey
from tests.support.slow_client import small
from tests.support.watchlist import WatchlistReader
from wire import names

SYMBOLS = [f"S{number:02}" for number in range(20)]


def problem_of(answer: httpx.Response, status: int) -> str:
    """Return the detail of a problem document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


@asynccontextmanager
async def two_gateways(url: str, **settings: Any) -> AsyncIterator[tuple[LocalGateway, LocalGateway]]:
    """Run two that hear each other."""
    async with (
        local_gateway(url, gateway_id="one", **settings) as one,
        local_gateway(url, gateway_id="other", **settings) as other,
    ):
        await eventually(lambda: one.gateway.control._listens and other.gateway.control._listens)
        yield one, other


@pytest.mark.parametrize("through", [0, 1])
async def test_a_change_takes_effect_through_any_gateway(
    feeder: Feeder, valkey_url: str, through: int
) -> None:
    await feeder.tick("A", "B", "C")
    async with (
        two_gateways(valkey_url) as gateways,
        open_stream(gateways[0].url, symbols="A,B") as (opened, stream_id),
    ):
        assert stream_id.startswith("one.")
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
        ({"add": ["A B"]}, 400, "add: not symbols: 'A B'"),
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
        assert {event.type for event in await until_ticks(opened, 300)} <= {b"tick", b"heartbeat"}


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
        await eventually(lambda: holder.gateway.control._listens and other.gateway.control._listens)
        for gateway, symbol in ((holder, "B"), (other, "C")):
            assert (await patch(gateway.url, stream_id, {"add": [symbol]})).status_code == 200
            assert (await opened.expect("symbols"))["added"] == [symbol]
            await opened.expect("snapshot")
        problem_of(await patch(other.url, "twin.AAAA", {}), 404)


async def test_only_patch_is_allowed(gateway: LocalGateway) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = await answer_of(gateway.url, "/v1/streams/test.x", b"content-length: 0", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "PATCH")


async def test_a_page_of_another_origin_is_not_let_in(gateway: LocalGateway) -> None:
    # A browser asks before it sends a PATCH across origins, and takes a refusal for a no.
    asked = (b"origin: https://elsewhere.example", b"access-control-request-method: PATCH")
    answer = await answer_of(gateway.url, "/v1/streams/test.x", *asked, method="OPTIONS")
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_body_without_an_end_is_given_up(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.body.SECONDS", 0.2)
    answer = await answer_of(gateway.url, "/v1/streams/test.x", b"content-length: 9", method="PATCH")
    assert answer.status == 408


async def test_who_leaves_within_a_body_leaves_nothing_in_the_log(
    gateway: LocalGateway, caplog: pytest.LogCaptureFixture
) -> None:
    _, port = gateway.url.rsplit(":", 1)
    _, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(b"PATCH /v1/streams/test.x HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
    await eventually(lambda: bool(gateway.server.server_state.tasks))
    writer.close()
    await writer.wait_closed()
    await eventually(lambda: not gateway.server.server_state.tasks)
    assert caplog.text == ""


async def test_no_token_goes_over_redis(feeder: Feeder, valkey_url: str) -> None:
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        async with feeder.redis.pubsub() as listening:
            await listening.subscribe(names.gateway("one"), names.gateway("other"))
            assert (await patch(other.url, stream_id, {"add": ["A"]})).status_code == 200
            heard = b""
            while b" answer " not in heard:
                message = await listening.get_message(timeout=10)
                assert message is not None
                heard += message["data"] if message["type"] == "message" else b""
        assert b" ask " in heard
        assert stream_id.partition(".")[2].encode() not in heard


async def test_rubbish_on_the_channel_is_counted_and_harms_nobody(feeder: Feeder, valkey_url: str) -> None:
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        for rubbish in (b"", b"\xff" * 100_000, b"1 answer 0123456789abcdef 200\n[]"):
            await feeder.redis.publish(names.gateway("one"), rubbish)
        await eventually(lambda: one.gateway.control.poisoned == 3)
        assert (await patch(other.url, stream_id, {"add": ["A"]})).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(0, 503), (SHOWN, 404)])
async def test_a_gateway_that_does_not_listen_just_now_is_not_taken_for_gone(
    feeder: Feeder, valkey_url: str, age: int, status: int
) -> None:
    told = time.time_ns() // 1000 - age
    summary = encode_summary(Summary("deaf", told, told, 0, 0, 0, "live", False))
    async with local_gateway(valkey_url) as gateway:
        await eventually(lambda: gateway.gateway.control._listens)
        await feeder.redis.hset(names.gateways(), "deaf", summary)
        problem_of(await patch(gateway.url, "deaf.AAAA", {}), status)


async def test_a_gateway_that_is_gone_is_told_at_once(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is no longer expected back.
    monkeypatch.setattr("gateway.presence.SHOWN", 0)
    async with (
        local_gateway(valkey_url, gateway_id="other") as other,
        running_gateway(valkey_url, gateway_id="killed") as killed,
    ):
        await eventually(lambda: other.gateway.control._listens)
        async with open_stream(killed.url) as (_, stream_id):
            assert (await patch(other.url, stream_id, {})).status_code == 200
            killed.signal(signal.SIGSTOP)
            assert "within 2 s" in problem_of(await patch(other.url, stream_id, {}), 504)
            killed.signal(signal.SIGCONT)
            killed.signal(signal.SIGKILL)
            await killed.ended()

            async def gone() -> bool:
                began = time.monotonic()
                answer = await patch(other.url, stream_id, {})
                assert time.monotonic() - began < PATIENCE
                return answer.status_code == 404

            await eventually(gone)


async def test_without_redis_a_change_of_another_gateway_is_refused_and_works_again_later(
    private_valkey: PrivateValkey,
) -> None:
    async with (
        Feeder(private_valkey.url),
        two_gateways(private_valkey.url) as (one, other),
        open_stream(one.url, symbols="A") as (_, stream_id),
    ):
        private_valkey.kill()
        problem_of(await patch(other.url, stream_id, {"add": ["C"]}), 503)
        # Its own streams need no Redis.
        assert (await patch(one.url, stream_id, {"add": ["B"]})).status_code == 200
        private_valkey.restart()

        async def carried() -> bool:
            answer = await patch(other.url, stream_id, {"add": ["C"]})
            return answer.status_code == 200 and answer.json()["symbols"] == ["A", "B", "C"]

        await eventually(carried)


async def test_a_channel_that_falls_silent_is_opened_anew(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        pass

    monkeypatch.setattr("gateway.control.PERIOD", 0.1)
    monkeypatch.setattr("gateway.control.SILENCE", 0.3)
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        following = [task for task in asyncio.all_tasks() if "Control._follow" in repr(task.get_coro())]
        with monkeypatch.context() as lost:
            # It looks well and hears nothing.
            lost.setattr(one.gateway.control, "_send", nothing)
            await eventually(lambda: any(task.done() for task in following))
        await eventually(lambda: one.gateway.control._listens)
        assert (await patch(other.url, stream_id, {})).status_code == 200


async def test_under_load_and_changes_through_both_every_tick_comes_once(
    feeder: Feeder, valkey_url: str
) -> None:
    async with (
        running_gateway(valkey_url, gateway_id="one") as one,
        running_gateway(valkey_url, gateway_id="other") as other,
        open_stream(one.url, symbols="S00,S01") as (opened, stream_id),
    ):
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
        while not one.hub.full:
            await feeder.tick(*SYMBOLS)
        answer = await patch(other.url, stream_id, {"add": ["S02"], "drop": ["S00"]})
        assert answer.json()["symbols"] == ["S01", "S02"]
        await feeder.tick(*SYMBOLS)
        while reader.newest != {symbol: feeder.counts[symbol] for symbol in ("S01", "S02")}:
            reader.read([await slow.next()])
        await feeder.tick("S00", "S01", "S02")
        assert await slow.ticks(2) == [(symbol, feeder.counts[symbol]) for symbol in ("S01", "S02")]
        slow.close()
