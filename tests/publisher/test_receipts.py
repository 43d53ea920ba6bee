"""What a source is told of its lists: how many Redis has, never more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.publisher.conftest import FedSource, Publishing
from tests.support.eventually import eventually
from tests.support.ticks import DAY
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.receipts import Receipts
from tickcast.publisher.source import Retire, SourceItem
from tickcast.publisher.writer import Writer
from tickcast.wire.inbox import Description
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick

Start = Callable[..., Publishing]


class ToldSource(FedSource):
    """A fed source that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[int] = []

    def written(self, count: int) -> None:
        self.told.append(count)

    def give(self, *lists: list[SourceItem]) -> None:
        for each in lists:
            self.queue.put_nowait(each)


def chunk() -> Chunk:
    return Chunk([], b"")


def write(*chunks: Chunk) -> None:
    for each in chunks:
        for call in each.after:
            call()


def test_a_list_counts_when_all_its_chunks_are_written_and_all_lists_before_it() -> None:
    told: list[int] = []
    receipts = Receipts(told.append)
    first, second, third = receipts.begin(), receipts.begin(), receipts.begin()
    chunks = [chunk() for _ in range(4)]
    first.expect(chunks[0])
    first.expect(chunks[1])
    second.expect(chunks[2])
    write(chunks[0], chunks[1], chunks[2])
    assert told == []
    for receipt in (second, third):
        receipt.close()
    assert told == []
    first.close()
    assert told == [3]
    fourth = receipts.begin()
    fourth.expect(chunks[3])
    fourth.close()
    assert told == [3]
    write(chunks[3])
    assert told == [3, 4]


def test_after_a_list_of_which_something_is_never_written_nothing_more_counts() -> None:
    told: list[int] = []
    receipts = Receipts(told.append)
    lost = receipts.begin()
    lost.expect(chunk())
    lost.close()
    receipts.begin().close()
    assert told == []


async def test_a_source_hears_of_lists_of_several_partitions_and_of_what_is_said_of_symbols(
    redis_url: str, publishing: Start
) -> None:
    source = ToldSource()
    publishing(redis_url, source, partitions=3)
    ticks: list[SourceItem] = [Tick(f"S{n}", DAY, "1.5") for n in range(20)]
    source.give(ticks, [], [Description("S1", "One"), *ticks, Retire("S2")], [Tick("S1", DAY, "nonsense")])
    await eventually(lambda: source.told[-1:] == [4])
    assert source.told == sorted(set(source.told))


async def test_a_source_hears_of_a_list_only_when_redis_has_it(
    client: Any, redis_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, publish = asyncio.Event(), Writer.publish

    async def slow(writer: Writer, chunk: Chunk) -> None:
        await gate.wait()
        await publish(writer, chunk)

    monkeypatch.setattr(Writer, "publish", slow)
    source = ToldSource()
    publisher = publishing(redis_url, source)
    source.give([Tick("A", DAY, "1")], [Tick("A", DAY + 1, "2")])
    await eventually(lambda: publisher.stats.pending == 2)
    assert source.told == []
    gate.set()
    await eventually(lambda: source.told[-1:] == [2])
    assert b'"p":2' in await client.hget(names.last(0), "A")


async def test_a_source_that_does_not_ask_is_told_nothing(redis_url: str, publishing: Start) -> None:
    class Silent(FedSource):
        async def __aiter__(self) -> AsyncIterator[list[Tick]]:
            yield [Tick("A", DAY, "1")]

    publisher = publishing(redis_url, Silent())
    await publisher.task
    assert publisher.stats.ticks == 1
