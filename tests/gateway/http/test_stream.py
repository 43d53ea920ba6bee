"""The stream as a client sees it, from its first event on."""

import asyncio
import json

import pytest

from tests.support.client import redis_client
from tests.support.event_stream import EventStream, answer_of, asked, comes_back, opened, stream, ticks_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.gateway.protocol.interval import INTERVALS
from tickcast.wire.names import MAIN as names


async def test_hello_comes_first_then_the_snapshot_then_ticks(gateway: LocalGateway, feeder: Feeder) -> None:
    await feeder.tick("AAPL", "MSFT")
    await eventually(lambda: len(gateway.gateway.live.last) == 2)
    async with stream(gateway.url) as client:
        assert (client.status, client.headers["content-type"]) == (200, "text/event-stream")
        hello = await client.expect("hello")
        assert {name: hello[name] for name in hello if name not in ("stream", "retry", "t")} == {
            "gateway": "test",
            "name": "main",
            "version": 1,
            "interval": 0,
            "symbols": 2,
            "heartbeat": 5000,
            "epoch": gateway.gateway.live.ring.epoch,
            "feed": "live",
            "resumed": "new",
            "replayed": 0,
        }
        assert len(hello["stream"]) >= 20
        # Also where scripts can see it: EventSource keeps the field to itself.
        assert hello["retry"] == client.sse.retry
        assert [(tick["S"], tick["q"]) for tick in await client.expect("snapshot")] == [
            ("AAPL", 1),
            ("MSFT", 1),
        ]
        await feeder.tick("MSFT", "AAPL")
        assert await client.ticks(2) == [("MSFT", 2), ("AAPL", 2)]


async def test_hello_names_the_source_of_the_prices(feeder: Feeder, valkey_url: str) -> None:
    async with redis_client(valkey_url) as redis:
        await redis.hset(names.meta(0), "source", "simulated")
    async with local_gateway(valkey_url) as running:
        await eventually(lambda: running.gateway.live.instruments.source)
        async with stream(running.url) as client:
            assert (await client.expect("hello"))["source"] == "simulated"


async def test_each_client_is_given_its_own_reconnection_time(gateway: LocalGateway) -> None:
    retries = set()
    for _ in range(5):
        async with opened(gateway.url) as client:
            retries.add(client.sse.retry)
    assert len(retries) > 1
    assert all(retry is not None and 1000 <= retry <= 5000 for retry in retries)


async def test_the_json_of_a_tick_arrives_byte_for_byte(gateway: LocalGateway, feeder: Feeder) -> None:
    json_ = b'{"S":"X","q":7,"t":1795384800123456,"p":427.90,"s":1e-8,"note":"\\u00e9 <b>"}'
    async with opened(gateway.url) as client:
        await feeder.publish([(b"X", json_)])
        assert (await client.next()).data == json_


async def test_every_tick_comes_once_and_in_order(gateway: LocalGateway, feeder: Feeder) -> None:
    async with opened(gateway.url, symbols="A,B,C") as client:
        sent = []
        for number in range(200):
            batch = feeder.make(*"ABCD"[: number % 4 + 1])
            sent += [json.loads(tick) for _, tick in batch if b'"D"' not in tick]
            await feeder.publish(batch)
        assert await client.ticks(len(sent)) == [(tick["S"], tick["q"]) for tick in sent]


async def test_without_a_snapshot_only_new_ticks_come(gateway: LocalGateway, feeder: Feeder) -> None:
    await feeder.tick("A")
    await eventually(lambda: len(gateway.gateway.live.last) == 1)
    async with opened(gateway.url, snapshot="false") as client:
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 2)]


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        ("B*", ["BTC-USD", "BX"]),
        ("*", ["AX", "BTC-USD", "BX"]),
        ("bx,ax", ["AX", "BX"]),
        ("BX,B*", ["BTC-USD", "BX"]),
    ],
)
async def test_symbols_are_chosen_by_name_and_by_prefix_also_those_that_appear_later(
    gateway: LocalGateway, feeder: Feeder, symbols: str, expected: list[str]
) -> None:
    async with opened(gateway.url, symbols=symbols) as client:
        await feeder.tick("AX", "BTC-USD", "BX")
        await feeder.tick("AX", "BTC-USD", "BX")
        found = await client.ticks(2 * len(expected))
        assert found == [(symbol, q) for q in (1, 2) for symbol in expected]


@pytest.mark.parametrize("asked", [1, 100, 700])
async def test_the_granted_interval_is_told(gateway: LocalGateway, asked: int) -> None:
    async with stream(gateway.url, interval=asked) as client:
        granted = (await client.expect("hello"))["interval"]
        assert granted == next(interval for interval in INTERVALS if interval >= asked)


async def test_conflation_gives_at_most_one_update_a_symbol_and_window_and_never_an_older_one(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    loop = asyncio.get_running_loop()
    async with opened(gateway.url, interval=250) as client:
        await feeder.tick("A", "B")
        await client.ticks(2)
        last = {"A": 1, "B": 1}
        arrived: dict[str, list[float]] = {"A": [], "B": []}

        async def feed() -> None:
            for _ in range(120):
                await feeder.tick("A", "B")
                await asyncio.sleep(0.01)

        feeding = asyncio.create_task(feed())
        while last != {"A": 121, "B": 121}:
            tick = await client.expect("tick")
            assert tick["q"] > last[tick["S"]]
            last[tick["S"]] = tick["q"]
            arrived[tick["S"]].append(loop.time())
        await feeding
        # The turns are 250 ms apart; the first window is under way, one more closes the feed, and one may
        # have come late.
        for times in arrived.values():
            assert 2 <= len(times) <= (times[-1] - times[0]) / 0.25 + 3


async def test_silence_is_broken_by_heartbeats_that_move_the_cursor(valkey_url: str, feeder: Feeder) -> None:
    async with (
        local_gateway(valkey_url, heartbeat=200) as gateway,
        opened(gateway.url, symbols="QUIET") as client,
    ):
        first = client.cursor
        await feeder.tick("OTHER")
        event = await client.next()
        while event.id.decode() == first:
            event = await client.next()
        assert event.type == b"heartbeat"
        beat = json.loads(event.data)
        assert beat["feed"] == "live"
        assert 0 <= beat["age"] < 60_000
    # It resumes from there without a replay.
    async with (
        local_gateway(valkey_url) as gateway,
        stream(gateway.url, client.cursor, symbols="OTHER") as again,
    ):
        hello = await again.expect("hello")
        assert (hello["resumed"], hello["replayed"]) == ("live", 0)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_compressed_stream_reads_the_same_whoever_shares_it(
    gateway: LocalGateway, feeder: Feeder, encoding: str
) -> None:
    accept = b"accept-encoding: " + encoding.encode()
    async with asked(gateway.url, "/v1/stream", accept) as first:
        assert first.headers["content-encoding"] == encoding
        await first.expect("hello")
        await first.expect("snapshot")
        for _ in range(20):
            await feeder.tick("A", "B")
        assert await first.ticks(40) == [(symbol, q) for q in range(1, 21) for symbol in "AB"]
        async with asked(gateway.url, "/v1/stream", accept) as second:
            await second.expect("hello")
            await second.expect("snapshot")
            # Frames of one tick, which are not worth compressing, and of many, which are.
            for count in (1, 20, 1, 1, 20):
                await feeder.tick(*["A"] * count)
                assert await first.ticks(count) == await second.ticks(count)
            assert len(gateway.hub.groups) == 1


async def test_ticks_may_come_as_one_array(gateway: LocalGateway, feeder: Feeder) -> None:
    async with opened(gateway.url, format="array") as client:
        await feeder.tick("A", "B", "A")
        ticks = await client.expect("ticks")
        assert [(tick["S"], tick["q"]) for tick in ticks] == [("A", 1), ("B", 1), ("A", 2)]
        cursor = client.cursor
        await feeder.tick("A")
        await client.expect("ticks")
    async with stream(gateway.url, cursor) as again:
        await again.expect("hello")
        assert await again.ticks(1) == [("A", 3)]


async def test_a_client_that_goes_leaves_nothing_behind(gateway: LocalGateway, feeder: Feeder) -> None:
    for params in ({"symbols": "A"}, {"symbols": "A*"}, {"interval": 250}, {"symbols": "A", "interval": 50}):
        async with opened(gateway.url, **params):
            await feeder.tick("A")
    await eventually(gateway.is_empty)


async def test_connections_have_no_tasks_of_their_own(gateway: LocalGateway, feeder: Feeder) -> None:
    clients: list[EventStream] = []
    async with opened(gateway.url) as first:
        await eventually(lambda: not gateway.server.server_state.tasks)
        before = len(asyncio.all_tasks())
        entered = []
        for _ in range(50):
            context = opened(gateway.url)
            clients.append(await context.__aenter__())
            entered.append(context)
        await eventually(lambda: not gateway.server.server_state.tasks)
        assert len(gateway.streams.registry) == 51
        # A task of the gateway's own may have been under way before.
        await eventually(lambda: len(asyncio.all_tasks()) <= before)
        assert not gateway.server.server_state.connections
        await feeder.tick("A")
        for client in [first, *clients]:
            assert await client.ticks(1) == [("A", 1)]
        for context in entered:
            await context.__aexit__(None, None, None)


async def test_more_streams_than_allowed_are_refused_until_one_goes(valkey_url: str, feeder: Feeder) -> None:
    balanced = b"x-tickcast-balanced: 1"
    async with local_gateway(valkey_url, max_connections=2) as gateway:
        async with opened(gateway.url), opened(gateway.url):
            third = await answer_of(gateway.url, "/v1/stream", balanced)
            assert (third.status, third.headers["retry-after"]) == (503, "2")
            assert third.headers["content-type"] == "application/problem+json"
            unbalanced = [[], [b"x-tickcast-balanced: 0"], [b"x-tickcast-balanced:"], *[[]] * 5]
            answers = [await answer_of(gateway.url, "/v1/stream", *each) for each in unbalanced]
            for answer in answers:
                comes_back(answer, "full")
            # Clients that were put off together do not come back together.
            assert len({answer.sse.retry for answer in answers}) > 1
        await eventually(lambda: not gateway.streams.registry)
        async with opened(gateway.url):
            metrics = (await answer_of(gateway.url, "/metrics")).body
            assert b"tickcast_gateway_streams_refused_total 1.0" in metrics
            assert b"tickcast_gateway_streams_put_off_total 8.0" in metrics


async def test_several_events_of_a_snapshot_are_all_read_before_the_ticks(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    symbols = [f"SYMBOL-{number:04}" for number in range(3000)]
    await feeder.tick(*symbols)
    await eventually(lambda: len(gateway.gateway.live.last) == 3000)
    async with stream(gateway.url) as client:
        await client.expect("hello")
        await feeder.tick(symbols[0])
        events = await client.until(lambda event: event.type == b"tick")
        assert len(events) > 4
        assert [tick["S"] for event in events[:-1] for tick in json.loads(event.data)] == symbols
        assert ticks_of(events) == [(symbols[0], 2)]
