"""Bars: they come beside the ticks, are never conflated, and resume exactly."""

import json
from collections.abc import Sequence
from typing import Any

from cli.sse import Event
from tests.support.event_stream import EventStream, opened, stream
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway
from wire.bar import INTERVALS, Bar


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


def told(events: Sequence[Event], name: str = "bar") -> list[tuple[str, ...]]:
    """Return what the ticks or bars among events are, without their prices."""
    found = [json.loads(event.data) for event in events if event.type == name.encode()]
    return [(data["S"], data["i"], data["q"]) if name == "bar" else (data["S"], data["q"]) for data in found]


async def next_bars(client: EventStream, count: int) -> list[tuple[str, ...]]:
    """Return the next `count` bars; ticks between them are passed over."""
    return told(await client.until(lambda event: len(told(client.seen)) >= count))


async def test_a_stream_gets_the_bars_it_asked_for_behind_the_ticks_they_have_seen(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with (
        stream(gateway.url, symbols="A,B", bars="1s") as client,
        opened(gateway.url, symbols="A,B") as without,
    ):
        hello = await client.expect("hello")
        assert hello["bars"] == ["1s"]
        await client.expect("snapshot")
        await feed(feeder, "A", "B", "C", intervals=("1s", "1m"))
        got = [(await client.next()).type for _ in range(4)]
        assert got == [b"tick", b"tick", b"bar", b"bar"]
        assert told(client.seen) == [("A", "1s", 1), ("B", "1s", 1)]
        assert await without.ticks(2) == [("A", 1), ("B", 1)]
        await without.silent(0.1)
    assert gateway.gateway.intake.bars == 6
    assert gateway.hub.fan_out.bars_out == 2
    assert gateway.hub.fan_out.ticks_out == 4
