"""A client that stops reading: it costs next to nothing, harms nobody, and is told what it missed."""

import asyncio
import itertools
import json

import psutil
import pytest

from tests.support.event_stream import answer_of, opened
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.programs import running_gateway
from tests.support.slow_client import small
from tickcast.client.sse import Event

SYMBOLS = [f"S{number:03}" for number in range(500)]


async def feed(feeder: Feeder, seconds: float) -> None:
    """Publish 5,000 ticks/s."""
    loop = asyncio.get_running_loop()
    began, sent = loop.time(), 0
    while loop.time() - began < seconds:
        await feeder.tick(*[SYMBOLS[(sent + at) % 500] for at in range(100)])
        sent += 100
        await asyncio.sleep(max(0.0, began + sent / 5000 - loop.time()))


@pytest.mark.timeout(300)
async def test_a_client_that_does_not_read_costs_little_delays_nobody_and_ends_with_the_newest(
    feeder: Feeder, valkey_url: str
) -> None:
    # A small ring, full before the slow client comes, so that what grows is the client's.
    async with running_gateway(valkey_url, ring_bytes=1 << 20, compress=False) as gateway:
        process = psutil.Process(gateway.pid)
        async with opened(gateway.url) as quick:
            ages: list[float] = []

            async def follow() -> None:
                while True:
                    event = await quick.next(60)
                    assert event.type in (b"tick", b"heartbeat", b"status"), event
                    quick.seen.clear()
                    if event.type == b"tick":
                        ages.append(asyncio.get_running_loop().time())

            following = asyncio.create_task(follow())
            await feed(feeder, 4)
            before = process.memory_info().rss
            slow = await small(gateway.url)
            await feed(feeder, 15)
            grown = process.memory_info().rss - before
            total = sum(feeder.counts.values())
            await eventually(lambda: following.done() or len(ages) == total)
            following.cancel()
            # Every tick reached the quick one, and without a pause that the slow one could have caused.
            assert len(ages) == total
            assert max(later - earlier for earlier, later in itertools.pairwise(ages)) < 8
        assert grown < 1 << 20
        newest: dict[str, int] = {}
        gaps = []

        def take(event: Event) -> bool:
            data = json.loads(event.data)
            if event.type == b"gap":
                gaps.append(data["reason"])
            elif event.type in (b"tick", b"snapshot"):
                for tick in [data] if event.type == b"tick" else data:
                    assert tick["q"] > newest.get(tick["S"], 0)
                    newest[tick["S"]] = tick["q"]
            return newest == feeder.counts

        await slow.until(take, 60)
        slow.close()
        assert set(gaps) == {"slow"}
        snapshot = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
        assert {tick["S"]: tick["q"] for tick in snapshot["ticks"]} == newest


async def test_a_slow_conflated_client_gets_the_newest_and_no_gap(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url, compress=False) as gateway:
        slow = await small(gateway.url, "/v1/stream?interval=50")
        await slow.expect("hello")
        while not gateway.streams.slow.full:
            await feeder.tick(*SYMBOLS)
            await asyncio.sleep(0.01)
        for _ in range(5):
            await feeder.tick(*SYMBOLS)
        newest: dict[str, int] = {}
        while newest != feeder.counts:
            event = await slow.next()
            if event.type == b"heartbeat":
                continue
            assert event.type in (b"tick", b"snapshot")
            data = json.loads(event.data)
            for tick in [data] if event.type == b"tick" else data:
                assert tick["q"] > newest.get(tick["S"], 0)
                newest[tick["S"]] = tick["q"]
        slow.close()


async def test_a_client_that_makes_no_progress_is_cut(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url, stall=1, compress=False) as gateway:
        slow = await small(gateway.url)
        await eventually(lambda: gateway.streams.registry)
        while not gateway.streams.slow.full:
            await feeder.tick(*SYMBOLS)
            await asyncio.sleep(0)
        await eventually(lambda: gateway.gateway.live.lifecycle.slow.stalled == 1)
        await eventually(gateway.is_empty)
        with pytest.raises((EOFError, ConnectionError)):
            await slow.until(lambda event: False)
        slow.close()
