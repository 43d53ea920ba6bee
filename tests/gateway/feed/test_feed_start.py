"""The feed of a gateway that has just started: it knows the last minute, and waits for a publisher."""

import asyncio
import json

import pytest

from tests.support.event_stream import answer_of, opened, stream, ticks_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tickcast.gateway.feed.backfill import CHUNK
from tickcast.gateway.feed.broker import Broker, LogEntry
from tickcast.wire.names import MAIN as names


async def test_a_gateway_may_start_before_the_first_publisher(valkey_url: str) -> None:
    async with (
        local_gateway(valkey_url) as gateway,
        opened(gateway.url, symbols="A") as client,
        Feeder(valkey_url) as feeder,
    ):
        await feeder.tick("A")
        await feeder.tick("A")
        events = await client.until(lambda event: event.type == b"tick" and b'"q":2' in event.data)
        assert ticks_of(events) == [("A", 1), ("A", 2)]
        assert gateway.gateway.live.feed.poisoned == 0


async def test_a_log_that_is_trimmed_while_a_gateway_reads_its_beginning_is_no_gap(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with local_gateway(valkey_url) as first, opened(first.url) as client:
        for _ in range(CHUNK + 10):
            await feeder.tick("A")
        await client.ticks(CHUNK + 10)
    read_log = Broker.read_log

    async def trimmed(broker: Broker, partition: int, after: str, most: int) -> list[LogEntry]:
        entries = await read_log(broker, partition, after, most)
        # The publisher keeps just as much of it as the gateway asks for.
        await feeder.redis.xtrim(names.log(0), maxlen=CHUNK, approximate=False)
        return entries

    monkeypatch.setattr(Broker, "read_log", trimmed)
    async with local_gateway(valkey_url) as second, stream(second.url, client.seen[1].id.decode()) as again:
        assert (await again.expect("hello"))["resumed"] == "replayed"
        assert await again.ticks(CHUNK + 10) == ticks_of(client.seen)


async def test_nobody_is_sent_values_that_the_log_still_turns_back(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(CHUNK + 10):
        await feeder.tick("A")
    read_log, begun, go_on = Broker.read_log, asyncio.Event(), asyncio.Event()
    pages = []

    async def held_up(broker: Broker, partition: int, after: str, most: int) -> list[LogEntry]:
        entries = await read_log(broker, partition, after, most)
        pages.append(entries)
        if len(pages) == 2:
            begun.set()
            await go_on.wait()
        return entries

    monkeypatch.setattr(Broker, "read_log", held_up)
    async with local_gateway(valkey_url, ready=False) as gateway:
        await begun.wait()
        # What it has applied of the log so far is older than what Redis said first.
        assert b'"q":32,' in gateway.gateway.live.last.since(-1, [b"A"])[0]
        assert (await answer_of(gateway.url, "/v1/snapshot")).status == 503
        go_on.set()
        await eventually(lambda: gateway.gateway.live.state.is_loaded)
        answer = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
        assert [tick["q"] for tick in answer["ticks"]] == [CHUNK + 10]


async def test_a_log_that_is_trimmed_faster_than_it_is_read_begins_where_it_still_does(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with local_gateway(valkey_url) as first, opened(first.url) as client:
        for _ in range(2 * CHUNK):
            await feeder.tick("A")
        await client.ticks(2 * CHUNK)
    read_log = Broker.read_log

    async def trimmed(broker: Broker, partition: int, after: str, most: int) -> list[LogEntry]:
        entries = await read_log(broker, partition, after, most)
        await feeder.redis.xtrim(names.log(0), maxlen=CHUNK // 2, approximate=False)
        return entries

    monkeypatch.setattr(Broker, "read_log", trimmed)
    ticks = [event for event in client.seen if event.type == b"tick"]
    async with local_gateway(valkey_url) as second:
        async with stream(second.url, ticks[-CHUNK // 2].id.decode()) as again:
            assert (await again.expect("hello"))["resumed"] == "replayed"
            assert await again.ticks(CHUNK // 2 - 1) == ticks_of(ticks)[1 - CHUNK // 2 :]
        async with stream(second.url, ticks[2].id.decode()) as late:
            assert (await late.expect("hello"))["resumed"] == "reset"
            assert [tick["q"] for tick in await late.expect("snapshot")] == [2 * CHUNK]
        assert sum(second.hub.gaps.sent.values()) == 0
