import asyncio

import pytest

from tickcast.publisher.bars.forming import BATCH_BARS
from tickcast.publisher.batcher import BATCH_BYTES, MAX_PENDING, Batcher
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.inbox.step import InboxStep
from tickcast.wire.bounds import MAX_BATCH_TICKS


def chunk(ticks: int, mark: bytes = b"x", size: int = 1) -> Chunk:
    return Chunk([(mark, mark)] * ticks, mark * size)


async def test_a_chunk_that_comes_to_an_idle_writer_is_taken_at_once() -> None:
    batcher = Batcher()
    taking = asyncio.create_task(batcher.take(60))
    await asyncio.sleep(0)
    await batcher.put(chunk(1))
    taken = await taking
    assert taken is not None
    assert len(taken.ticks) == 1


async def test_what_gathers_is_one_batch_in_order() -> None:
    batcher = Batcher()
    for mark in (b"a", b"b", b"c"):
        await batcher.put(chunk(2, mark))
    taken = await batcher.take(0)
    assert taken is not None
    assert taken.lines == b"abc"
    assert [symbol for symbol, _ in taken.ticks] == [b"a", b"a", b"b", b"b", b"c", b"c"]
    assert batcher.pending == 0


@pytest.mark.parametrize(("ticks", "size"), [(MAX_BATCH_TICKS // 2, 1), (1, BATCH_BYTES // 2)])
async def test_a_batch_is_bounded_in_ticks_and_bytes(ticks: int, size: int) -> None:
    batcher = Batcher()
    for _ in range(3):
        await batcher.put(chunk(ticks, size=size))
    lengths = []
    while (taken := await batcher.take(0)) is not None:
        lengths.append(len(taken.ticks) // ticks)
    assert lengths == [2, 1]


async def test_a_batch_is_bounded_in_bars_and_they_stay_behind_their_ticks() -> None:
    batcher = Batcher()
    bars = [(b"A\t1s", b"{}")] * (BATCH_BARS // 2)
    for mark in (b"a", b"b", b"c"):
        await batcher.put(Chunk([(mark, mark)], mark, bars=bars, bar_lines=mark))
    first, second = await batcher.take(0), await batcher.take(0)
    assert first is not None
    assert second is not None
    assert (first.lines, first.bar_lines, len(first.bars)) == (b"ab", b"ab", BATCH_BARS)
    assert (second.lines, second.bar_lines) == (b"c", b"c")
    assert batcher.empty


async def test_bars_that_wait_hold_the_source_up_as_ticks_do() -> None:
    batcher = Batcher()
    await batcher.put(Chunk([], b"", bars=[(b"A\t1s", b"{}")] * MAX_PENDING))
    waiting = asyncio.create_task(batcher.put(chunk(1)))
    await asyncio.sleep(0)
    assert not waiting.done()
    await batcher.take(0)
    await waiting


async def test_nothing_comes_when_nothing_is_there() -> None:
    assert await Batcher().take(0.01) is None


async def test_the_source_waits_while_too_much_waits_and_nothing_is_dropped() -> None:
    batcher = Batcher()
    for _ in range(MAX_PENDING // 1024):
        await batcher.put(chunk(1024))
    waiting = asyncio.create_task(batcher.put(chunk(7)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    assert batcher.pending == MAX_PENDING
    taken = []
    while (found := await batcher.take(0.01)) is not None:
        taken.append(len(found.ticks))
    await waiting
    assert sum(taken) == MAX_PENDING + 7


async def test_no_tick_comes_into_a_batch_behind_a_notice_nor_behind_a_refused_entry_after_it() -> None:
    batcher = Batcher()
    said = Chunk([], b"", notices=[(b"x", b"x")], notice_lines=b"x")
    # An entry of the inbox of which every line was refused.
    for each in (
        chunk(1, b"a"),
        said,
        Chunk([], b"", inbox=InboxStep("1-0")),
        chunk(1, b"b"),
        chunk(1, b"c"),
    ):
        await batcher.put(each)
    first, second = await batcher.take(0), await batcher.take(0)
    assert first is not None
    assert second is not None
    assert [key for key, _ in first.ticks + first.notices] == [b"a", b"x"]
    assert first.inbox is not None
    assert [key for key, _ in second.ticks] == [b"b", b"c"]
