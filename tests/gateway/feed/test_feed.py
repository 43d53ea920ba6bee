"""The feed: holes are filled from the log in order, and what is lost is told as a gap."""

import asyncio

import pytest

from tests.support.event_stream import opened, stream, ticks_of
from tests.support.feeder import Feeder
from tests.support.held_line import held_line
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.wire.names import MAIN as names


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
        assert gateway.gateway.live.feed.holes == 1


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
        assert gateway.gateway.live.feed.reconnects >= 3
        assert sum(gateway.hub.gaps.sent.values()) == 0


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
