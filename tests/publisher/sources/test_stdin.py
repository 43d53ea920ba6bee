"""The `stdin` source, over real pipes and files, and in a process of its own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.support.ticks import DAY, upper_symbols
from tickcast.publisher.source import SourceError, SourceOptions
from tickcast.publisher.sources.line_reader import MAX_LIST
from tickcast.publisher.sources.stdin import stdin
from tickcast.wire.decimals import number_fault
from tickcast.wire.tick import MIN_TIME, Tick, encode_tick

PROGRAM = """
import asyncio, sys, structlog
from tests.support.ticks import DAY
from tickcast.publisher.source import SourceOptions, load_source

async def main():
    async for ticks in load_source("stdin")(SourceOptions()):
        for tick in ticks:
            print(tick.symbol, tick.price, flush=True)

structlog.configure(
    processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.PrintLoggerFactory(sys.stderr)
)
asyncio.run(main())
"""


def line(number: int, price: str = "1.50") -> bytes:
    return encode_tick(Tick("AAPL", DAY + number, price), number) + b"\n"


@pytest.fixture
def pipe() -> Iterator[tuple[FileIO, FileIO]]:
    output, feed = os.pipe()
    with FileIO(output) as reader, FileIO(feed, "w") as writer:
        yield reader, writer


async def test_what_is_there_comes_at_once_and_the_loop_stays_free(pipe: tuple[FileIO, FileIO]) -> None:
    output, feed = pipe
    lists = stdin(SourceOptions(), output.fileno())
    feed.write(line(1) + line(2) + b'{"S":"AA')

    assert [tick.time for tick in await anext(lists)] == [DAY + 1, DAY + 2]
    assert not asyncio.get_running_loop().remove_reader(output.fileno()), "the loop would spin on it"
    waiting = asyncio.ensure_future(anext(lists))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.write(b'PL","t":%d,"p":1.50}\n' % (DAY + 3))
    assert await waiting == [Tick("AAPL", DAY + 3, "1.50")]
    feed.close()
    assert [ticks async for ticks in lists] == []


async def test_it_can_be_stopped_while_it_waits(pipe: tuple[FileIO, FileIO]) -> None:
    waiting = asyncio.ensure_future(anext(stdin(SourceOptions(), pipe[0].fileno())))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert os.get_blocking(pipe[0].fileno()), "another program may share the descriptor"


async def test_a_regular_file_is_read_to_its_end_in_bounded_lists(tmp_path: Path) -> None:
    path = tmp_path / "ticks"
    path.write_bytes(b"".join(b'{"S":"A","t":%d,"p":1}\n' % (DAY + number) for number in range(1, 10_001)))
    with path.open("rb") as file:
        lists = [ticks async for ticks in stdin(SourceOptions(), file.fileno())]

    assert [tick.time for ticks in lists for tick in ticks] == list(range(DAY + 1, DAY + 10_001))
    assert max(map(len, lists)) == MAX_LIST


async def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    path = tmp_path / "ticks"
    path.write_bytes(line(1) + line(2).rstrip())
    with path.open("rb") as file:
        assert [len(ticks) async for ticks in stdin(SourceOptions(), file.fileno())] == [1, 1]


async def test_bad_lines_are_told_with_their_numbers_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "ticks"
    path.write_bytes(b"S,t,p\n" + line(1) + b'{"S":"A","p":1}\n' + b"x" * 3_000_000 + b"\n\n" + line(2))
    with capture_logs() as logs, path.open("rb") as file:
        ticks = [tick async for ticks in stdin(SourceOptions(), file.fileno()) for tick in ticks]

    assert [tick.time for tick in ticks] == [DAY + 1, DAY + 2]
    assert [log["line"] for log in logs] == [1, 3, 4]
    assert logs[1]["reason"] == "t: missing; a tick needs S, t and p"


async def test_a_closed_standard_input_is_an_error_of_one_line(pipe: tuple[FileIO, FileIO]) -> None:
    closed = pipe[0].fileno()
    pipe[0].close()
    with pytest.raises(SourceError, match="standard input cannot be read: Bad file descriptor"):
        await anext(stdin(SourceOptions(), closed))


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=6, max_value=10**12).map("{:f}".format)
NUMBERS = NUMBERS.filter(lambda text: number_fault(text) is None)
TICKS = st.builds(
    Tick,
    upper_symbols,
    st.integers(MIN_TIME, DAY),
    NUMBERS,
    *[st.none() | NUMBERS.filter(lambda text: text[0] != "-")] * 6,
)


@given(st.lists(TICKS, max_size=20))
def test_ticks_written_to_a_pipe_read_back_the_same(ticks: list[Tick]) -> None:
    async def read(descriptor: int) -> list[Tick]:
        return [tick async for some in stdin(SourceOptions(), descriptor) for tick in some]

    output, feed = os.pipe()
    os.write(feed, b"".join(encode_tick(tick, 1) + b"\n" for tick in ticks))
    os.close(feed)
    try:
        assert asyncio.run(read(output)) == ticks
    finally:
        os.close(output)


def test_a_program_can_feed_another_through_a_shell_pipe() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line(1, "189.30") + b"nonsense\n")
        process.stdin.flush()
        # The tick comes out while the feed goes on.
        assert process.stdout.readline() == b"AAPL 189.30\n"
        output, errors = process.communicate(line(2, "189.40"), timeout=60)

    assert output == b"AAPL 189.40\n"
    assert json.loads(errors)["line"] == 2
    assert process.returncode == 0


async def test_lines_that_came_while_another_publisher_led_are_dropped(pipe: tuple[FileIO, FileIO]) -> None:
    output, feed = pipe
    feed.write(line(1) + line(2) + line(3)[:20])
    lists = stdin(SourceOptions(again=True), output.fileno())
    with capture_logs() as logs:
        waiting = asyncio.ensure_future(anext(lists))
        await asyncio.sleep(0)
    assert [log["lines"] for log in logs] == [3]
    # The rest of a line whose beginning is old is old, too.
    feed.write(line(3)[20:30])
    feed.write(line(3)[30:] + line(4))
    assert [tick.time for tick in await waiting] == [DAY + 4]


async def test_a_file_at_standard_input_is_read_on_by_a_later_term(tmp_path: Path) -> None:
    path = tmp_path / "ticks.jsonl"
    path.write_bytes(line(1) + line(2))
    with path.open("rb") as file:
        found = [tick async for ticks in stdin(SourceOptions(again=True), file.fileno()) for tick in ticks]
    assert [tick.time for tick in found] == [DAY + 1, DAY + 2]
