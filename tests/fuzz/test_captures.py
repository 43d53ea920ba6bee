"""Recordings: any lines are ticks that can be true, or complaints; any file is read in little memory."""

import gzip
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import Raw, as_bytes, damaged, filled, objects, values, written
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.fuzz.test_inbox import tick_lines
from tests.support.ticks import decimals, symbols
from tickcast.publisher.source import SourceError
from tickcast.publisher.sources.capture import Capture
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import LineReader
from tickcast.publisher.sources.lines import MAX_LINE_LENGTH, LineSplitter
from tickcast.publisher.sources.recording import Recording
from tickcast.publisher.sources.times import MAX_AHEAD, Times, TimeUnit
from tickcast.wire.tick import Tick, TickError, check_tick

UNITS: list[TimeUnit] = ["us", "ms", "s", "ns"]
numbers = decimals | decimals.map(Raw)
times = st.integers(0, 2**63).map(str) | st.sampled_from(
    ["2021-04-17T16:43:30.244075Z", "0001-01-01T00:00+23:59"]
)
quotes = {
    "e": st.sampled_from(["bookTicker", "aggTrade", "depth"]),
    "s": symbols,
    "T": times,
    "E": times,
    **dict.fromkeys(["p", "q", "b", "B", "a", "A"], numbers),
}
messages: st.SearchStrategy[Any] = st.one_of(
    objects(quotes),
    objects({"stream": st.sampled_from(["x@bookTicker", "x@aggTrade", "@"]), "data": objects(quotes)}),
    objects(
        {
            "type": st.sampled_from(["ticker", "match"]),
            "product_id": symbols,
            "time": times,
            **dict.fromkeys(
                [
                    "price",
                    "size",
                    "last_size",
                    "best_bid",
                    "best_bid_size",
                    "best_ask",
                    "best_ask_size",
                    "volume_24h",
                ],
                numbers,
            ),
        }
    ),
    values,
)
received = st.sampled_from([b"1618677810.244", b"9999999999.999999999", b"0", b"", b"1.", b"wss://x"])
capture_lines = st.builds(lambda at, message: at + b": " + as_bytes(written(message)), received, messages)


@fuzzed(300)
@given(st.lists(damaged(capture_lines, most=1), max_size=5), st.sampled_from(UNITS))
def test_any_line_of_a_capture_is_a_tick_or_refused(lines: list[bytes], unit: TimeUnit) -> None:
    capture = Capture()
    for line in lines:
        found = tried(TickError, capture.items, line)
        if not isinstance(found, TickError):
            for tick in found:
                assert check_tick(tick) == tick


HEADERS = [
    b"S,t,p",
    b"\xef\xbb\xbft,S,p,name,tick,ref,ccy",
    b"S,t,p,p,",
    b'"S",t,p,bp,session,tz,currency',
    b"S;t;p",
]
rows = st.lists(st.lists(symbols | numbers | st.text(max_size=5), max_size=8).map(",".join), max_size=4)
tables = st.builds(
    lambda head, found: b"\n".join([head, *map(as_bytes, found)]), st.sampled_from(HEADERS), rows
)
json_lines = st.lists((tick_lines | values).map(written).map(as_bytes), max_size=4).map(b"\n".join)
files = damaged(tables | json_lines | st.lists(capture_lines, max_size=4).map(b"\n".join))


def check(ticks: list[Any], max_ahead: float = MAX_AHEAD) -> int:
    found = [each for each in ticks if type(each) is Tick]
    for tick in found:
        assert check_tick(tick) == tick
        Times(max_ahead=max_ahead + 60).check(tick.time, "us")
    return len(found)


@fuzzed(200)
@given(files, st.sampled_from(UNITS), st.lists(st.integers(0, 200), max_size=3))
def test_any_input_is_ticks_that_can_be_true_and_complaints(
    data: bytes, unit: TimeUnit, cuts: list[int]
) -> None:
    complaints = Complaints("replay", "x")
    splitter, reader = LineSplitter(), LineReader(complaints, Times(unit))
    pieces = [data[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True)]
    items = [item for piece in pieces for item in reader.items(splitter.feed(piece))]
    items += reader.items(splitter.finish())
    whole = LineReader(Complaints("replay", "x"), Times(unit))
    check(items)
    lines = LineSplitter()
    # However it is cut into pieces, it means the same.
    assert items == whole.items(lines.feed(data) + lines.finish())


@fuzzed(60, cost=3)
@given(damaged(files.map(gzip.compress) | files))
def test_any_file_is_a_recording_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording"
        path.write_bytes(data)
        count = tried(
            SourceError, lambda: sum(map(check, Recording(str(path), Complaints("replay", "x")).blocks()))
        )
        assert count if isinstance(count, int) else str(path) in str(count)


FILLING = [b"\0", b"x", b'{"S":"A"', b'0: {"type":["', b'"', b",", b"[", b"0: "]


@fuzzed(8, cost=100)
@given(filled(FILLING, 4 * MAX_LINE_LENGTH))
def test_a_packed_file_without_a_line_end_is_read_in_little_memory(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "recording"
    path.write_bytes(gzip.compress(data, 1))
    with bounded(seconds=4, mib=12), pytest.raises(SourceError, match="holds no tick"):
        for _ in Recording(str(path), Complaints("replay", "x")).blocks():
            pass
