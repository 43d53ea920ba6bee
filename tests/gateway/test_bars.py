"""Bars: they come beside the ticks, are never conflated, and resume exactly."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.event_stream import EventStream, answer_of, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.held_line import held_line
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.client.sse import Event
from tickcast.wire.bar import INTERVALS, Bar, encode_bar
from tickcast.wire.names import MAIN as names

EVERY = ",".join(INTERVALS)
"""All intervals that a stream may have."""


def bar(symbol: str, q: int, interval: str = "1s", start: int = 0) -> Bar:
    """Return a bar of one tick, the one with this `q`."""
    price = f"{100 + q / 100:.2f}"
    return Bar(symbol, interval, start * INTERVALS[interval], price, price, price, price, "1", 1, q)


async def feed(feeder: Feeder, *symbols: str, intervals: Sequence[str] = ("1s",), **options: Any) -> None:
    """Publish one batch: the next tick of each symbol, then bars that end with it."""
    ticks = feeder.make(*symbols)
    formed = [
        bar(symbol, feeder.counts[symbol], interval, feeder.counts[symbol])
        for symbol in dict.fromkeys(symbols)
        for interval in intervals
    ]
    await feeder.publish(ticks, bars=formed, **options)


def bars_of(events: Sequence[Event]) -> list[tuple[str, str, int]]:
    """Return (symbol, interval, q) of the bars among events."""
    found = [json.loads(event.data) for event in events if event.type == b"bar"]
    return [(each["S"], each["i"], each["q"]) for each in found]


async def bars(client: EventStream, count: int) -> list[tuple[str, str, int]]:
    """Return the next `count` bars; ticks between them are passed over."""
    found: list[Event] = []
    while len(bars_of(found)) < count:
        event = await client.next()
        assert event.type in (b"tick", b"ticks", b"bar", b"heartbeat"), event
        found.append(event)
    return bars_of(found)


async def test_a_stream_gets_the_bars_it_asked_for_behind_the_ticks_that_they_have_seen(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with (
        stream(gateway.url, symbols="A,B", bars="1s") as client,
        opened(gateway.url, symbols="A,B") as without,
    ):
        assert (await client.expect("hello"))["bars"] == ["1s"]
        await client.expect("snapshot")
        await feed(feeder, "A", "B", "C", intervals=("1s", "1m"))
        assert [(await client.next()).type for _ in range(4)] == [b"tick", b"tick", b"bar", b"bar"]
        assert bars_of(client.seen) == [("A", "1s", 1), ("B", "1s", 1)]
        assert await without.ticks(2) == [("A", 1), ("B", 1)]
        await without.silent(0.1)
    assert gateway.gateway.live.ingest.bars == 6
    assert gateway.hub.scheduler.bars_out == 2
    assert gateway.hub.scheduler.ticks_out == 4


async def test_a_bar_is_sent_byte_for_byte_as_the_publisher_made_it(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url, bars="1s") as client:
        made = bar("A", 1)
        await feeder.publish(feeder.make("A"), bars=[made])
        await client.until(lambda event: event.type == b"bar")
        assert client.seen[-1].data == encode_bar(made)


async def test_who_comes_later_gets_the_newest_bars_behind_its_snapshot(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    for _ in range(3):
        await feed(feeder, "A", "B", intervals=("1s", "1m"))
    await eventually(lambda: gateway.gateway.live.ingest.bars == 12)
    async with stream(gateway.url, symbols="B", bars="1m,1s", bars_of="A") as client:
        assert (await client.expect("hello"))["bars"] == ["1s", "1m"]
        assert [tick["S"] for tick in await client.expect("snapshot")] == ["B"]
        # Only the last of them says that it is all there: a cut before it must start over.
        assert client.seen[-1].id == b""
        assert sorted(await bars(client, 2)) == [("A", "1m", 3), ("A", "1s", 3)]
        assert client.cursor == gateway.gateway.live.ring.cursor
        await feed(feeder, "A")
        assert await bars(client, 1) == [("A", "1s", 4)]
    async with opened(gateway.url, bars="1s", snapshot="false") as client:
        await feed(feeder, "A")
        assert (await client.ticks(1), await bars(client, 1)) == ([("A", 5)], [("A", "1s", 5)])
    snapshot = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
    assert [(tick["S"], tick["q"]) for tick in snapshot["ticks"]] == [("A", 5), ("B", 3)]


async def test_a_cut_at_any_event_is_mended_exactly_for_ticks_and_bars_on_any_gateway(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    async with (
        local_gateway(valkey_url, gateway_id="other") as other,
        opened(gateway.url, symbols="A,B*", bars=EVERY) as client,
    ):
        start = client.cursor
        for batch in ("A", "AB", "BC", "AAB"):
            await feed(feeder, *batch, intervals=tuple(INTERVALS))
        await client.until(lambda _: len(bars_of(client.seen)) == 24)
        every = [(event.type, event.data) for event in client.seen[2:]]
        cursors = [start, *(event.id.decode() for event in client.seen[2:])]
        assert len(set(cursors)) == len(every) + 1 == 7 + 24 + 1
        await eventually(lambda: other.gateway.live.ring.number == gateway.gateway.live.ring.number)
        for at, cursor in enumerate(cursors):
            for url in (gateway.url, other.url):
                async with stream(url, cursor, symbols="A,B*", bars=EVERY) as again:
                    assert (await again.expect("hello"))["replayed"] == len(every) - at
                    for event in every[at:]:
                        assert (await again.next())[:2] == event


@pytest.mark.parametrize("cut", [1, 2, 4, 5])
async def test_a_conflated_stream_that_returns_gets_the_newest_ticks_and_every_bar(
    gateway: LocalGateway, feeder: Feeder, cut: int
) -> None:
    wanted = {"symbols": "A", "interval": 50, "bars": "1s", "bars_of": "A,B"}
    async with opened(gateway.url, **wanted) as client:
        for _ in range(cut):
            await feed(feeder, "A", "B")
        had = await bars(client, 2 * cut)
    for _ in range(5):
        await feed(feeder, "A", "B")
    await eventually(lambda: gateway.gateway.live.ingest.bars == 10 + 2 * cut)
    async with stream(gateway.url, client.cursor, **wanted) as again:
        hello = await again.expect("hello")
        assert (hello["resumed"], hello["replayed"]) == ("replayed", 11)
        assert await again.ticks(1) == [("A", cut + 5)]
        every = [(symbol, "1s", q) for q in range(1, cut + 6) for symbol in "AB"]
        assert had + await bars(again, 10) == every
        await feed(feeder, "B")
        assert await bars(again, 1) == [("B", "1s", cut + 6)]


async def test_bars_come_one_by_one_between_arrays_of_ticks(gateway: LocalGateway, feeder: Feeder) -> None:
    async with opened(gateway.url, format="array", bars="1s") as client:
        await feed(feeder, "A", "B")
        assert [tick["S"] for tick in await client.expect("ticks")] == ["A", "B"]
        assert await bars(client, 2) == [("A", "1s", 1), ("B", "1s", 1)]
        assert client.cursor == gateway.gateway.live.ring.cursor


async def test_a_gap_in_the_feed_is_followed_by_the_newest_bars(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await feed(feeder, "A", "B")
    await eventually(lambda: gateway.gateway.live.ingest.bars == 2)
    async with opened(gateway.url, bars="1s") as client:
        await bars(client, 2)
        await feed(feeder, "A", heard=False)
        await feeder.redis.delete(names.log(0))
        await feed(feeder, "C")
        await client.until(lambda event: event.type == b"gap")
        assert sorted(tick["S"] for tick in await client.expect("snapshot")) == ["A", "C"]
        assert sorted(await bars(client, 2)) == [("A", "1s", 2), ("C", "1s", 1)]
        await feed(feeder, "A")
        assert await bars(client, 1) == [("A", "1s", 3)]


async def test_what_stands_under_bars_in_redis_and_is_none_is_left_out_and_counted(
    feeder: Feeder, valkey_url: str
) -> None:
    await feed(feeder, "A")
    good = encode_bar(bar("B", 1)).decode()
    rubbish: dict[Any, Any] = {
        "B 1h": good,
        "B": good,
        "C\t1s": good,
        "B\t1m": good,
        "b 1s": good,
        "D\t1s": "{\n}",
    }
    await feeder.redis.hset(names.bars(0), mapping=rubbish)
    async with local_gateway(valkey_url) as gateway, stream(gateway.url, bars="1s,1m") as client:
        assert gateway.gateway.live.feed.poisoned == len(rubbish)
        await client.expect("hello")
        await client.expect("snapshot")
        assert await bars(client, 1) == [("A", "1s", 1)]
        await client.silent(0.1)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("bars=5m", "one or several of 1s, 1m, 15m, 1d"),
        ("bars=", "one or several of 1s, 1m, 15m, 1d"),
        ("bars=1s,,1m", "one or several of 1s, 1m, 15m, 1d"),
        ("bars_of=A", "needs bars"),
        ("bars=1s&bars_of=A`", "bars_of: not symbols"),
        ("bars=1s&bars_of=" + ",".join(["A"] * 1001), "at most 1000"),
    ],
)
async def test_what_is_no_wish_for_bars_is_refused_in_words(
    gateway: LocalGateway, query: str, named: str
) -> None:
    answer = await answer_of(gateway.url, f"/v1/stream?{query}")
    assert answer.status == 400
    assert named in json.loads(answer.body)["detail"]


async def test_a_cursor_among_bars_that_is_ahead_of_its_gateway_gets_the_rest_when_it_comes(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    async with (
        held_line(valkey_url) as line,
        local_gateway(line.url) as behind,
        opened(gateway.url, bars="1s") as client,
    ):
        line.hold()
        await feed(feeder, "A", "B", "C")
        await bars(client, 3)
        async with stream(behind.url, client.seen[-3].id.decode(), bars="1s") as again:
            assert (await again.expect("hello"))["resumed"] == "live"
            await eventually(lambda: "waiting" in {each.state.value for each in behind.streams.registry})
            line.release()
            assert [(await again.next()).type for _ in range(2)] == [b"bar", b"bar"]
            assert bars_of(again.seen) == [("B", "1s", 1), ("C", "1s", 1)]
            await feed(feeder, "A")
            assert (await again.ticks(1), await bars(again, 1)) == ([("A", 2)], [("A", "1s", 2)])


async def test_the_metrics_count_bars_beside_the_ticks(gateway: LocalGateway, feeder: Feeder) -> None:
    async with opened(gateway.url, symbols="A", bars="1s") as client:
        await feed(feeder, "A", "B", intervals=("1s", "1m"))
        await bars(client, 1)
    await answer_of(gateway.url, "/v1/bars/A")
    metrics = (await answer_of(gateway.url, "/metrics")).body.decode()
    for line in (
        "bars_in_total 4.0",
        "bars_out_total 1.0",
        "ticks_in_total 2.0",
        "bar_history_reads_total 1.0",
    ):
        assert f"\ntickcast_gateway_{line}\n" in metrics
