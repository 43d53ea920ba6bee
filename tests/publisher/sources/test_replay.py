"""The `replay` source: every digit of a recording, at its pace, again and again."""

import asyncio
import gzip
import json
import re
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.recordings import recording
from tests.support.ticks import DAY
from tickcast.publisher.source import SourceError, SourceOptions, load_source
from tickcast.publisher.sources.line_reader import MAX_LIST
from tickcast.publisher.sources.replay import Replay, replay
from tickcast.wire.tick import Tick, encode_tick

BINANCE = "binance_delivery_2021-07-22.capture.gz"
COINBASE = "coinbase_2021-04-17.capture.gz"


def messages(path: Path) -> Iterator[Any]:
    """Yield the messages of a capture; read apart from the code under test."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if match := re.match(r"[0-9.]+: (\{.*)", line):
                yield json.loads(match[1])


async def all_of(source: Replay) -> list[Tick]:
    return [tick async for ticks in source for tick in ticks]


def write(path: Path, times: list[int]) -> str:
    path.write_bytes(b"".join(encode_tick(Tick("AAPL", DAY + at, "1.50"), 1) + b"\n" for at in times))
    return str(path)


async def test_binance_quotes_and_trades_come_digit_for_digit() -> None:
    path = recording(BINANCE)
    ticks = await all_of(replay(SourceOptions(file=str(path), speed=None)))
    kinds = ("bookTicker", "aggTrade")
    data = [message["data"] for message in messages(path) if message["data"]["e"] in kinds]

    assert len(ticks) == len(data) == 2291
    traded: dict[str, str] = {}
    for tick, message in zip(ticks, data, strict=True):
        assert (tick.symbol, tick.time) == (message["s"], message["T"] * 1000)
        if message["e"] == "aggTrade":
            traded[tick.symbol] = message["p"]
            assert (tick.price, tick.size) == (message["p"], message["q"])
        else:
            quote = (tick.bid, tick.bid_size, tick.ask, tick.ask_size)
            assert quote == (message["b"], message["B"], message["a"], message["A"])
            assert tick.price == traded.get(tick.symbol, message["b"])


async def test_coinbase_tickers_and_matches_come_digit_for_digit() -> None:
    path = recording(COINBASE)
    ticks = await all_of(replay(SourceOptions(file=str(path), speed=None)))
    data = [message for message in messages(path) if message["type"] in ("ticker", "match")]

    assert len(ticks) == len(data) == 204
    for tick, message in zip(ticks, data, strict=True):
        assert (tick.symbol, tick.price) == (message["product_id"], message["price"])
        assert tick.time % 1_000_000 == int(message["time"][20:26].ljust(6, "0").rstrip("Z"))
        if message["type"] == "match":
            assert tick.size == message["size"]
        else:
            assert (tick.size, tick.volume) == (message["last_size"], message["volume_24h"])
            assert (tick.bid, tick.ask) == (message["best_bid"], message["best_ask"])


async def test_nothing_but_ticks_is_left_out_of_a_capture_without_complaint() -> None:
    with capture_logs() as logs:
        await all_of(replay(SourceOptions(file=str(recording(COINBASE)), speed=None)))
        await all_of(replay(SourceOptions(file=str(recording(BINANCE)), speed=None)))

    assert logs == []


async def test_the_pace_is_that_of_the_recording_times_the_speed(tmp_path: Path) -> None:
    file = write(tmp_path / "day", [1_000_000, 1_000_100, 2_000_000, 1_900_000, 4_000_000])
    begin = asyncio.get_running_loop().time()
    lists, due = [], []
    async for ticks in replay(SourceOptions(file=file, speed=10.0)):
        lists.append([tick.time - DAY for tick in ticks])
        due.append(asyncio.get_running_loop().time() - begin)

    # Ticks due together go out together; one that is late in the recording does not wait.
    assert lists == [[1_000_000, 1_000_100], [2_000_000, 1_900_000], [4_000_000]]
    assert due[1] > 0.09
    assert due[2] > 0.29


async def test_a_list_goes_out_when_it_is_due_and_not_when_the_next_one_is(tmp_path: Path) -> None:
    file = write(tmp_path / "day", [1_000_000, 1_000_000 + 3_600_000_000])
    async with aclosing(replay(SourceOptions(file=file)).__aiter__()) as lists:
        async with asyncio.timeout(30):
            assert [tick.time - DAY for tick in await anext(lists)] == [1_000_000]


async def test_an_hours_pause_is_cut_and_a_wrong_time_does_not_spoil_the_pace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.replay.MAX_PAUSE", 0.2)
    file = write(tmp_path / "day", [1_000_000, 9_000_000_000_000, 1_000_000, 1_150_000])
    begin = time.monotonic()
    lists = [len(ticks) async for ticks in replay(SourceOptions(file=file, max_ahead=1e10))]

    assert lists == [1, 2, 1]
    assert 0.3 < time.monotonic() - begin < 60


async def test_as_fast_as_possible_waits_for_nothing_and_keeps_lists_bounded(tmp_path: Path) -> None:
    file = write(tmp_path / "day", [1_000_000 * second for second in range(1, 100_000, 20)])
    lists = [len(ticks) async for ticks in replay(SourceOptions(file=file, speed=None))]

    assert sum(lists) == 5_000
    assert max(lists) == MAX_LIST


async def test_later_passes_of_a_loop_go_on_in_time(tmp_path: Path) -> None:
    file = write(tmp_path / "day", [1_000_000, 1_500_000])
    times: list[int] = []
    async with aclosing(replay(SourceOptions(file=file, speed=None, loop=True)).__aiter__()) as lists:
        async for ticks in lists:
            times += [tick.time - DAY for tick in ticks]
            if len(times) >= 5:
                break

    assert times[:5] == [1_000_000, 1_500_000, 2_500_000, 3_000_000, 4_000_000]


async def test_a_loop_leaves_the_event_loop_free(tmp_path: Path) -> None:
    file = write(tmp_path / "day", [1_000_000])

    async def consume() -> None:
        async for _ in replay(SourceOptions(file=file, speed=None, loop=True)):
            pass

    task = asyncio.create_task(consume())
    for _ in range(50):
        await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_errors_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="name it with --file"):
        replay(SourceOptions())
    with pytest.raises(SourceError, match="nowhere: No such file"):
        load_source("replay")(SourceOptions(file=str(tmp_path / "nowhere")))
    with pytest.raises(SourceError, match="speed: 0 is not over 0"):
        replay(SourceOptions(file=str(tmp_path), speed=0))
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(SourceError, match="empty: holds no tick"):
        await all_of(replay(SourceOptions(file=str(empty), loop=True)))
