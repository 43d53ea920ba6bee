"""Units of time, and times that cannot be true, in every format that lines have."""

import gzip
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.support.recordings import case
from tests.support.ticks import DAY
from tickcast.publisher.source import SourceError, SourceOptions
from tickcast.publisher.sources.replay import replay
from tickcast.publisher.sources.stdin import stdin
from tickcast.publisher.sources.times import TimeUnit, microseconds
from tickcast.wire.tick import MIN_TIME, Tick

SECOND = 1_000_000


def json_lines(times: list[str]) -> bytes:
    return b"".join(f'{{"S":"AAA","t":{each},"p":10.5}}\n'.encode() for each in times)


def table(times: list[str]) -> bytes:
    return b"p,t,S\n" + b"".join(f"10.5,{each},AAA\n".encode() for each in times)


def capture(times: list[str]) -> bytes:
    trades = [f'{{"e":"aggTrade","s":"AAA","p":"10.5","q":"1","T":{each}}}' for each in times]
    return b"".join(f"1626916403.84: {each}\n".encode() for each in trades)


FORMATS = {"json": json_lines, "csv": table, "capture": capture}
Written = Callable[[list[str]], bytes]


async def replayed(path: Path, options: SourceOptions) -> list[Tick]:
    return [tick async for ticks in replay(options) for tick in ticks]


async def piped(path: Path, options: SourceOptions) -> list[Tick]:
    with path.open("rb") as file:
        return [tick async for ticks in stdin(options, file.fileno()) for tick in ticks]


@pytest.mark.parametrize("read", [replayed, piped])
async def test_ms_are_not_taken_for_microseconds(read: Callable[..., Awaitable[list[Tick]]]) -> None:
    path = case("jsonl_ms.jsonl")
    lines = path.read_text("ascii").splitlines()
    # A recording without a tick is an error.
    with capture_logs() as logs, suppress(SourceError):
        assert await read(path, SourceOptions(file=str(path), speed=None)) == []
    assert [log["line"] for log in logs[:8]] == list(range(1, 9))
    assert logs[0]["reason"] == ("t: 1795384800000 in us is before 2000; it looks like ms: --time-unit ms")
    options = SourceOptions(file=str(path), speed=None, time_unit="ms")
    ticks = await read(path, options)
    assert [tick.time for tick in ticks] == [json.loads(line)["t"] * 1000 for line in lines]


@pytest.mark.parametrize("written", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize(
    ("unit", "times", "microseconds"),
    [
        ("us", [str(DAY), str(DAY + 1)], [DAY, DAY + 1]),
        ("ms", [str(DAY // 1000), str(DAY // 1000 + 1)], [DAY, DAY + 1000]),
        ("s", [str(DAY // SECOND), str(DAY // SECOND + 1)], [DAY, DAY + SECOND]),
        ("ns", [f"{DAY}001", f"{DAY + 1}999"], [DAY, DAY + 1]),
    ],
)
async def test_a_unit_is_converted_exactly_in_every_format(
    tmp_path: Path, written: Written, unit: TimeUnit, times: list[str], microseconds: list[int]
) -> None:
    path = tmp_path / "day.gz"
    path.write_bytes(gzip.compress(written(times)))
    with capture_logs() as logs:
        ticks = await replayed(path, SourceOptions(file=str(path), speed=None, time_unit=unit))
    assert [tick.time for tick in ticks] == microseconds
    assert logs == []


@pytest.mark.parametrize("written", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize(
    ("time", "complaint"),
    [
        (str(DAY // SECOND), "--time-unit s"),
        (f"{DAY}000", "--time-unit ns"),
        (str(MIN_TIME - 1), "before 2000"),
        (str(DAY * 5), "more than 86400 s ahead of the clock"),
        ("9007199254740991", "more than 86400 s ahead of the clock"),
    ],
)
async def test_a_time_that_cannot_be_true_is_malformed_and_the_others_go_on(
    tmp_path: Path, written: Written, time: str, complaint: str
) -> None:
    path = tmp_path / "day"
    path.write_bytes(written([str(DAY), time, str(DAY + 1)]))
    with capture_logs() as logs:
        ticks = await replayed(path, SourceOptions(file=str(path), speed=None))
    assert [tick.time for tick in ticks] == [DAY, DAY + 1]
    [log] = logs
    assert log["line"] == (3 if written is table else 2)
    assert complaint in log["reason"]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            '9.5: {"type":"match","product_id":"AAA","price":"1","size":"1","time":"1999-12-31T23:59:59.5Z"}',
            "t: 1999-12-31T23:59:59.500000Z is before 2000",
        ),
        ('9.5: {"stream":"aaa@bookTicker","data":{"s":"AAA","b":"1","B":"1","a":"2","A":"1"}}', "t: 9 in s"),
        ('9.5: {"e":"aggTrade","s":"AAA","p":"1","q":"1","T":9000000000000000}', "t: 9000000000000000 in us"),
        ('9.5: {"e":"aggTrade","s":"AAA","p":"1","q":"1","T":9}', "t: 9 in ms"),
    ],
    ids=["coinbase", "received", "binance in us", "binance in ms"],
)
async def test_a_complaint_of_a_capture_has_the_unit_of_its_tick(
    tmp_path: Path, line: str, complaint: str
) -> None:
    path = tmp_path / "capture"
    path.write_bytes(capture([str(DAY)]) + line.encode() + b"\n")
    with capture_logs() as logs:
        await replayed(path, SourceOptions(file=str(path), speed=None))
    assert logs[0]["reason"].startswith(complaint)


async def test_how_far_ahead_a_time_may_be_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "day"
    path.write_bytes(json_lines([str(DAY * 2)]))
    options = SourceOptions(file=str(path), speed=None, max_ahead=10_000_000_000)
    assert [tick.time for tick in await replayed(path, options)] == [DAY * 2]


@given(st.integers(0, 10**19 - 1), st.text("0123456789", max_size=9))
def test_no_digit_of_a_microsecond_is_changed(whole: int, decimals: str) -> None:
    text = f"{whole}.{decimals}" if decimals else str(whole)
    padded = decimals.ljust(6, "0")
    assert microseconds(text, "s") == whole * SECOND + int(padded[:6])
    assert microseconds(text, "ms") == whole * 1000 + int(padded[:3])
    assert microseconds(text, "us") == (None if decimals else whole)
    assert microseconds(text, "ns") == (None if decimals else whole // 1000)


async def passes(path: Path, count: int, max_ahead: float) -> list[int]:
    """Return the first times of a loop over a recording."""
    options = SourceOptions(file=str(path), speed=None, loop=True, max_ahead=max_ahead)
    times: list[int] = []
    with capture_logs():
        async with aclosing(replay(options).__aiter__()) as lists:
            async for ticks in lists:
                times += [tick.time for tick in ticks]
                if len(times) >= count:
                    break
    return times[:count]


async def test_a_time_in_the_far_future_does_not_move_the_passes_of_a_loop() -> None:
    path = case("jsonl_far_future.jsonl")
    pause = 2 * SECOND  # from the first tick of a pass to the first of the next
    assert await passes(path, 6, 86_400) == [DAY + n * pause + at for n in range(3) for at in (0, SECOND)]
    # Nor where such times are taken.
    taken = await passes(path, 9, 1e10)
    assert [taken[at] for at in (0, 2, 3, 5, 6, 8)] == [
        DAY + n * pause + at for n in range(3) for at in (0, SECOND)
    ]


@pytest.mark.parametrize("place", ["first", "last"])
async def test_a_wrong_time_at_an_end_of_a_recording_costs_a_loop_a_minute(
    tmp_path: Path, place: str
) -> None:
    times = [DAY, DAY + SECOND]
    wrong = MIN_TIME if place == "first" else DAY * 4
    path = tmp_path / "day"
    path.write_bytes(
        json_lines([str(each) for each in ([wrong, *times] if place == "first" else [*times, wrong])])
    )
    found = await passes(path, 6, 1e10)
    right = slice(1, 3) if place == "first" else slice(0, 2)
    assert found[:3][right] == times
    assert found[3:][right] == [each + 62 * SECOND for each in times]
