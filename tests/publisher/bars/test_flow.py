"""Bars on their way to Redis: with the ticks that end them, soon after the last tick, and never lost."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any, cast

import pytest

from tests.publisher.bars.plain_bars import assert_true_to_the_ticks, decoded, final, sent_in
from tests.publisher.conftest import Process, Publishing, read_log
from tests.support.eventually import eventually
from tests.support.recordings import recording
from tickcast.publisher.bars.flow import BarFlow
from tickcast.publisher.bars.retention import BAR_BYTES, BarRetention
from tickcast.publisher.batcher import Batcher
from tickcast.publisher.pipeline import Pipeline
from tickcast.wire.bar import Bar, bar_key, decode_bar
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick

Start = Callable[..., Publishing]
StartProcess = Callable[..., Process]
START = 1_795_384_800_000_000
MIB = 1024 * 1024


def ticks(*seconds: float, symbol: str = "AAPL") -> list[Tick]:
    return [Tick(symbol, START + round(at * 1e6), f"{100 + at}", size="5") for at in seconds]


async def newest(client: Any, symbol: bytes = b"AAPL", interval: str = "1m") -> Bar | None:
    found = await client.hget(names.bars(0), bar_key(symbol, interval))
    return decode_bar(found) if found else None


async def counted(client: Any, count: int, symbol: bytes = b"AAPL") -> None:
    """Wait until the newest minute has seen so many ticks."""

    async def has() -> bool:
        bar = await newest(client, symbol)
        return bar is not None and bar.q >= count

    await eventually(has)


@pytest.mark.usefixtures("quiet_bars")
async def test_bars_that_a_tick_ends_are_in_its_batch_and_the_final_ones_in_a_list(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url)
    publisher.source.queue.put_nowait(ticks(0, 0.5))
    await eventually(lambda: publisher.stats.ticks == 2)
    publisher.source.queue.put_nowait(ticks(1, 2))
    await eventually(lambda: publisher.stats.ticks == 4)
    await publisher.end()
    batches = await read_log(client)
    [with_bars] = [batch for batch in batches if batch.ticks and batch.bars]
    assert len(with_bars.ticks) == 2
    pair = [b"AAPL\t1m", b"AAPL\t1s"]
    assert [key for key, _ in with_bars.bars] == [b"AAPL\t1d", b"AAPL\t15m", *pair, *pair]
    assert_true_to_the_ticks(batches)
    kept = await client.lrange(names.bar_list(0, b"AAPL\t1s"), 0, -1)
    assert [decode_bar(bar).ticks for bar in kept] == [2, 1]
    assert publisher.stats.bars == sum(len(batch.bars) for batch in batches)


async def test_the_last_bar_of_a_quiet_symbol_comes_without_another_tick(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    publisher = publishing(valkey_url)
    publisher.source.queue.put_nowait(ticks(0, 0.1, 0.2))
    await counted(valkey, 3)
    bar = await newest(valkey)
    assert bar is not None
    assert (bar.ticks, bar.close, bar.volume) == (3, "100.2", "15")


@pytest.mark.parametrize("partitions", [1, 3])
async def test_what_was_not_sent_is_sent_when_the_source_ends(
    valkey: Any, valkey_url: str, publishing: Start, partitions: int
) -> None:
    publisher = publishing(valkey_url, partitions=partitions)
    for n in range(1600):
        publisher.source.queue.put_nowait(ticks(0, 1, symbol=f"S{n}"))
    publisher.source.queue.put_nowait(None)
    await publisher.task
    found = 0
    for partition in range(partitions):
        found += assert_true_to_the_ticks(await read_log(valkey, partition))
    assert found == 1600 * 5


async def test_no_bar_overtakes_ticks_that_are_numbered_but_not_queued() -> None:
    batcher = Batcher()
    flow = BarFlow({0: cast(Pipeline, batcher)}, BarRetention(MIB))
    flow.formers[0].of("AAPL").add(ticks(0)[0], 1)
    async with flow.order_lock:
        sending = asyncio.create_task(flow.send(at_once=True))
        assert await batcher.take(0.05) is None
    await sending
    assert not batcher.empty


async def test_without_bars_there_are_none(valkey: Any, valkey_url: str, publishing: Start) -> None:
    publisher = publishing(valkey_url, bars=False)
    publisher.source.queue.put_nowait(ticks(0, 1, 2))
    publisher.source.queue.put_nowait(None)
    await publisher.task
    assert not await valkey.exists(names.bars(0))
    assert publisher.stats.bars == 0


async def test_an_emptied_redis_gets_the_newest_bars_back_and_they_go_on(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    publisher = publishing(valkey_url)
    publisher.source.queue.put_nowait(ticks(0, 0.5, 1))
    await counted(valkey, 3)
    held = await valkey.hgetall(names.bars(0))
    await valkey.flushall()
    await eventually(lambda: publisher.stats.lost_epochs == 1)
    assert await valkey.hgetall(names.bars(0)) == held
    publisher.source.queue.put_nowait(ticks(1.5, 2))
    await counted(valkey, 5)
    bar = await newest(valkey)
    assert bar is not None
    assert (bar.ticks, bar.open, bar.volume) == (5, "100", "25")


async def test_bars_take_no_more_of_redis_than_their_bytes(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url, bars_bytes=MIB)
    # The first symbol fills its list while it has the room alone, and is quiet when the others come.
    publisher.source.queue.put_nowait(ticks(*range(1000), symbol="FIRST"))
    await counted(client, 1000, b"FIRST")
    assert await client.llen(names.bar_list(0, b"FIRST\t1s")) > 500
    for n in range(60):
        publisher.source.queue.put_nowait(ticks(*range(0, 200 * 60, 60), symbol=f"S{n}"))
    publisher.source.queue.put_nowait(None)
    await publisher.task
    lists = [key async for key in client.scan_iter(f"{names.bars(0)}:*")]
    held = sum([await client.memory_usage(key, samples=0) for key in lists])
    assert len(lists) >= 60
    assert MIB / 4 < held <= MIB
    assert await client.llen(names.bar_list(0, b"FIRST\t1s")) <= MIB // 60 // BAR_BYTES


@pytest.mark.timeout(120)
async def test_bars_outlive_publishers_that_are_killed_with_every_tick_in_them_once(
    valkey: Any, valkey_url: str, process: StartProcess
) -> None:
    environment = {"TICKCAST_RATE": "2000", "TICKCAST_SYMBOLS": "40", "TICKCAST_LEASE": "0.5"}
    publishers = [process(valkey_url, **environment) for _ in range(4)]
    for _ in range(3):
        await eventually(lambda: any(each.said('"leading"') for each in publishers))
        leader = next(each for each in publishers if each.said('"leading"'))
        sent = await valkey.xlen(names.log(0))
        await eventually(lambda sent=sent: _grown(valkey, sent + 150))
        leader.signal(signal.SIGKILL)
        publishers.remove(leader)
    await eventually(lambda: publishers[0].said('"leading"'))
    sent = await valkey.xlen(names.log(0))
    await eventually(lambda: _grown(valkey, sent + 150))
    publishers[0].signal(signal.SIGTERM)
    publishers[0].popen.wait(60)
    batches = await read_log(valkey)
    assert assert_true_to_the_ticks(batches) > 200
    sent = sent_in(batches)
    for key, bar in (await valkey.hgetall(names.bars(0))).items():
        symbol, interval = key.decode().split()
        kept = await valkey.lrange(names.bar_list(0, key), 0, -1)
        assert [decoded(each) for each in [*kept, bar]] == final(sent, symbol, interval)


async def _grown(client: Any, entries: int) -> bool:
    return bool(await client.xlen(names.log(0)) >= entries)


@pytest.mark.timeout(120)
async def test_bars_of_a_recording_add_up_to_its_ticks(
    valkey: Any, valkey_url: str, process: StartProcess
) -> None:
    capture = recording("coinbase_2021-04-17.capture.gz")
    replay = {"TICKCAST_SOURCE": "replay", "TICKCAST_FILE": str(capture), "TICKCAST_SPEED": "max"}
    replaying = process(valkey_url, **replay)
    assert replaying.popen.wait(60) == 0
    assert assert_true_to_the_ticks(await read_log(valkey)) > 50
