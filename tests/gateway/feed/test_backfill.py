"""Catching up: in slices, in order whatever comes between them, and told as what it is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from tests.support.event_stream import answer_of, opened, ticks_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway, stale_after
from tests.support.market import EPOCH, Market, MemorySubscriber, key
from tickcast.gateway.feed.broker import Broker, LogEntry, LogState, Snapshot
from tickcast.gateway.feed.feed import Feed
from tickcast.gateway.feed.proof import Standing
from tickcast.gateway.feed.state import FeedState
from tickcast.runtime.rejects import Rejects
from tickcast.wire.position import Position, parse_position

LOGGED, WAITING, LATER = 10, 30, 30


@pytest.fixture
def no_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every slice be over after one step."""
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", 0.0)


@contextmanager
def every_turn(work: Callable[[], None]) -> Iterator[None]:
    """Do `work` in every turn of the loop."""
    loop = asyncio.get_running_loop()

    handle: asyncio.Handle

    def turn() -> None:
        nonlocal handle
        handle = loop.call_soon(turn)
        work()

    turn()
    try:
        yield
    finally:
        handle.cancel()


def batch(number: int) -> bytes:
    line = b'A\t{"S":"A","q":%d}\n' % number
    return b"2 %b %d-0 %d-0 %d 1 0 0\n" % (EPOCH.encode(), number, number - 1, number * 1000) + line


class ScriptedBroker:
    """A Redis whose log ends at LOGGED, and is read when the test says so."""

    partitions = 0

    def __init__(self) -> None:
        self.channel: asyncio.Queue[bytes] = asyncio.Queue()
        self.readable = asyncio.Event()
        self.asked = 0
        self.rejects = Rejects()

    async def standings(self, partitions: int, count: list[int]) -> list[Standing]:
        return [Standing(EPOCH, Position(LOGGED, 0), LOGGED * 1000, LOGGED * 1000)]

    async def state(self, partition: int) -> LogState:
        self.asked += 1
        return LogState(EPOCH, Position(LOGGED, 0))

    async def snapshot(self, partition: int) -> Snapshot:
        return Snapshot(LogState(EPOCH, Position(LOGGED, 0)), [], [], [])

    async def read_log(self, partition: int, after: str, most: int) -> list[LogEntry]:
        await self.readable.wait()
        first = parse_position(after.encode()).ms + 1
        return [(f"{number}-0", batch(number)) for number in range(first, LOGGED + 1)]

    @asynccontextmanager
    async def live(self, partitions: int) -> AsyncIterator[AsyncIterator[tuple[int, bytes]]]:
        async def messages() -> AsyncIterator[tuple[int, bytes]]:
            while True:
                yield 0, await self.channel.get()

        yield messages()


async def test_what_comes_live_between_two_slices_waits_until_all_before_it_is_applied(
    market: Market, no_slice: None
) -> None:
    client = market.join(key("A"), MemorySubscriber())
    broker: Any = ScriptedBroker()
    state = FeedState(1)
    feed = Feed(broker, market.ingest, 1, 60, state)
    later = iter(range(LOGGED + WAITING + 1, LOGGED + WAITING + LATER + 1))
    steps: list[int] = []
    took, told_at = 0, 0

    def told() -> None:
        nonlocal told_at
        told_at = market.ingest.batches

    def turn() -> None:
        nonlocal took
        steps.append(market.ingest.batches - took)
        took = market.ingest.batches
        # One more comes live in every turn from the first batch on.
        if took and (number := next(later, None)) is not None:
            broker.channel.put_nowait(batch(number))

    state.on_change = told
    running = asyncio.create_task(feed.run())
    try:
        for number in range(LOGGED + 1, LOGGED + WAITING + 1):
            broker.channel.put_nowait(batch(number))
        await eventually(broker.channel.empty)
        assert market.ingest.batches == 0
        with every_turn(turn):
            broker.readable.set()
            await eventually(lambda: market.ingest.batches == LOGGED + WAITING + LATER)
        await market.settle()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert client.qs() == [("A", q) for q in range(1, LOGGED + WAITING + LATER + 1)]
    assert (broker.asked, feed.holes, feed.poisoned) == (1, 0, 0)
    assert max(steps) == 1
    assert told_at >= LOGGED + WAITING


async def test_the_loop_has_its_turn_while_a_log_is_read(
    gateway: LocalGateway, feeder: Feeder, no_slice: None
) -> None:
    intake = gateway.gateway.live.ingest
    steps: list[int] = []
    took = 0

    def turn() -> None:
        nonlocal took
        steps.append(intake.batches - took)
        took = intake.batches

    for _ in range(100):
        await feeder.tick("A", heard=False)
    with every_turn(turn):
        await feeder.heartbeat()
        await eventually(lambda: intake.batches == 100)
    assert max(steps) == 1


async def test_a_long_catch_up_is_told_and_the_feed_is_live_again_behind_what_it_brought(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale_after(monkeypatch, 0.5)
    readable = asyncio.Event()
    read_log = Broker.read_log

    async def held(broker: Broker, partition: int, after: str, most: int) -> list[LogEntry]:
        await readable.wait()
        return await read_log(broker, partition, after, most)

    async def is_told() -> Any:
        await feeder.heartbeat()
        return b'"catching up"' in b"".join(event.data for event in client.seen)

    async with local_gateway(valkey_url) as gateway, opened(gateway.url) as client:
        await feeder.tick("A")
        await client.ticks(1)
        monkeypatch.setattr(Broker, "read_log", held)
        await feeder.tick("A", heard=False)
        reading = asyncio.create_task(client.until(lambda event: b'"catching up"' in event.data))
        await eventually(is_told)
        await reading
        assert (await answer_of(gateway.url, "/readyz")).status == 503
        async with feeder.beating():
            readable.set()
            events = await client.until(lambda event: event.type == b"status" and b'"live"' in event.data)
        assert ticks_of(events) == [("A", 2)]
        assert (await answer_of(gateway.url, "/readyz")).status == 200
