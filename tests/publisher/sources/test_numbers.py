"""Numbers in a line that no market has are malformed, whatever the format, and said so."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.recordings import case
from tests.support.ticks import DAY
from tickcast.publisher.source import SourceOptions
from tickcast.publisher.sources.replay import replay
from tickcast.publisher.sources.stdin import stdin


@pytest.mark.parametrize("source", ["replay", "stdin"])
async def test_absurd_numbers_are_told_by_field_and_the_rest_goes_on(source: str) -> None:
    path = case("huge_price.jsonl")
    with capture_logs() as logs, path.open("rb") as file:
        options = SourceOptions(file=str(path), speed=None)
        lists = replay(options) if source == "replay" else stdin(options, file.fileno())
        ticks = [tick async for some in lists for tick in some]
    assert [(tick.symbol, tick.price) for tick in ticks] == [("OK1", "10.5")]
    assert [(log["line"], log["reason"]) for log in logs] == [
        (2, "p: 1e300 is 1e18 or more"),
        (3, "p: 1e400 is 1e18 or more"),
        (4, "s: -5 is negative; only prices may be"),
        (5, "p: 12345678901234567890.12345678901 has more than 20 digits"),
    ]


async def test_in_csv_and_captures_too(tmp_path: Path) -> None:
    table, capture = tmp_path / "table", tmp_path / "capture"
    table.write_text(f"S,t,p,s\nA,{DAY},1e300,1\nA,{DAY},-5.5,1\nA,{DAY},1,-1\n")
    trades = [("1e300", "1"), ("-5.5", "1"), ("1", "-1")]
    messages = [f'{{"e":"aggTrade","s":"A","p":"{p}","q":"{q}","T":{DAY}}}' for p, q in trades]
    capture.write_text("".join(f"1626916403.84: {message}\n" for message in messages))
    for path in (table, capture):
        with capture_logs() as logs:
            options = SourceOptions(file=str(path), speed=None)
            ticks = [tick async for some in replay(options) for tick in some]
        assert [tick.price for tick in ticks] == ["-5.5"]
        assert [log["reason"][:2] for log in logs] == ["p:", "s:"]
