"""Names that differ in case alone become one symbol, and that is told."""

import gzip
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.support.recordings import case
from tests.support.ticks import DAY
from tickcast.publisher.source import Source, SourceOptions
from tickcast.publisher.sources.replay import replay
from tickcast.publisher.sources.stdin import stdin
from tickcast.publisher.spellings import TOLD, Spellings
from tickcast.publisher.stats import Stats
from tickcast.publisher.validation import Validator
from tickcast.wire.tick import Tick


def collisions() -> float:
    return REGISTRY.get_sample_value("tickcast_publisher_case_collisions_total") or 0.0


async def read(source: Source) -> list[Tick]:
    return [tick async for ticks in source for tick in ticks]


@pytest.mark.parametrize("input", ["json", "csv", "capture", "stdin"])
async def test_two_spellings_of_a_symbol_are_told_once_with_both(tmp_path: Path, input: str) -> None:
    path = case("case_collision.jsonl")
    if input in ("csv", "capture"):
        names = ["AMpB", "AMPB", "AMpB"]
        rows = [f"{name},{DAY},1" for name in names]
        trades = [
            f'1626916403.84: {{"e":"aggTrade","s":"{name}","p":"1","q":"1","T":{DAY}}}' for name in names
        ]
        path = tmp_path / "day"
        path.write_bytes(gzip.compress("\n".join(["S,t,p", *rows] if input == "csv" else trades).encode()))
    before = collisions()
    with capture_logs() as logs, path.open("rb") as file:
        options = SourceOptions(file=str(path), speed=None)
        ticks = await read(stdin(options, file.fileno()) if input == "stdin" else replay(options))
    assert [tick.symbol for tick in ticks] == ["AMPB"] * 3
    [log] = logs
    assert log["log_level"] == "error"
    assert (log["symbol"], log["names"]) == ("AMPB", ["AMpB", "AMPB"])
    assert "differ in case" in log["event"]
    assert collisions() == before + 1


def test_a_source_of_ones_own_is_told_too_and_one_that_spells_alike_is_not() -> None:
    class Own:
        checked = False

    validator = Validator(Own(), Stats())  # type: ignore[arg-type]
    with capture_logs() as logs:
        validator.validate([Tick("aapl", DAY, "1"), Tick("MSFT", DAY, "1"), Tick("aapl", DAY + 1, "2")])
        assert logs == []
        validator.validate([Tick("Aapl", DAY, "1")])
    assert logs[0]["names"] == ["aapl", "Aapl"]


def test_many_such_symbols_are_counted_and_the_first_told() -> None:
    spellings, before = Spellings(), collisions()
    with capture_logs() as logs:
        for number in range(3 * TOLD):
            for name in (f"a{number}", f"A{number}", f"a{number}"):
                spellings.note(name, name.upper())
    assert len(logs) == TOLD
    assert collisions() == before + 3 * TOLD
