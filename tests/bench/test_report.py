"""The report says what was measured, and what fell short."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import pytest

from tests.bench.test_result import result
from tickcast.bench import chart, report
from tickcast.bench.full_run import FullRun, read
from tickcast.bench.result import Result, Target
from tickcast.bench.run import Run

WHOLE = Run("1", "tickcast bench all", "2026-11-23 11:50 UTC", "d5b9917", whole=True)
SVG = "{http://www.w3.org/2000/svg}"


def measured(name: str = "idle", run: Run = WHOLE, seconds: float = 0.0) -> Result:
    """Return a result as a run leaves it: with the run and a seal."""
    made = result(name)
    made.run, made.seconds = run, seconds
    with TemporaryDirectory() as directory:
        made.write(Path(directory))
    return made


def test_the_report_has_every_row_target_note_and_chart(tmp_path: Path) -> None:
    text = report.write([measured()], tmp_path).read_text("utf-8")
    assert "| Tickcast | 1.50 | – |" in text
    assert "| nchan | 3.00 | 1.0 |" in text
    assert "| [idle](#idle) | memory | 1.50 KiB | ≤ 4 | reached |" in text
    assert "| [idle](#idle) | speed | 3 | ≥ 10 | **not reached** |" in text
    assert "Not part of" not in text
    assert "by hand" not in text
    assert "- a note" in text
    for name in ("idle-each.svg", "idle-1.svg"):
        assert f"(performance/{name})" in text
        assert (tmp_path / "performance" / name).exists()


def test_what_falls_short_carries_its_profile_and_what_does_not_needs_none(tmp_path: Path) -> None:
    short = result()
    short.profiles = {"Tickcast": {"tickcast.gateway.made_up.work": 0.25}}
    text = report.write([short], tmp_path).read_text("utf-8")
    assert "Why a target was missed" in text
    assert "| tickcast.gateway.made_up.work | 25.0 |" in text
    short.targets = [target for target in short.targets if target.reached]
    assert "tickcast.gateway.made_up.work" not in report.write([short], tmp_path).read_text("utf-8")


def test_what_was_not_measured_is_said_and_why(tmp_path: Path) -> None:
    lacking = result("storm")
    lacking.targets = [Target("beside nchan", None, 1.0, unit="×", why="nchan is not installed")]
    text = report.write([lacking], tmp_path, ["publish"]).read_text("utf-8")
    assert "| publish | – | – | – | **not measured** |" in text
    assert "| beside nchan | – | ≤ 1 | **not measured**: nchan is not installed (" in text


def row_of_all(results: list[Result], record: FullRun | None, docs: Path) -> str:
    """Return the row of the run in the report."""
    text = report.write(results, docs, record=record).read_text("utf-8")
    return next(line for line in text.splitlines() if line.startswith("| all |"))


def test_the_run_has_its_own_length_and_not_the_sum_of_what_is_left_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "ALL", ["idle", "publish"])
    both = [measured(seconds=90.0), measured("publish", seconds=60.0)]
    took = {"idle": 90.0, "publish": 60.0}
    short, long = FullRun(WHOLE, 156.0, took), FullRun(WHOLE, 990.0, took)
    for record in (short, long):
        record.write(tmp_path)
    assert read(tmp_path) == long
    assert row_of_all(both, short, tmp_path) == "| all | minutes in all | 2.60 | ≤ 15 | reached |"
    text = report.write(both, tmp_path, record=short).read_text("utf-8")
    assert "It took 2.6 minutes in all; in seconds: idle 90, publish 60." in text
    assert "| 16.50 | ≤ 15 | **not reached** |" in row_of_all(both, long, tmp_path)


def test_an_incomplete_run_never_reaches_its_length_and_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "ALL", ["idle", "publish", "storm"])
    again = measured("publish", Run("2", "tickcast bench publish"), 60.0)
    record = FullRun(WHOLE, 156.0, {"idle": 90.0, "publish": 60.0, "knee": 1.0}, ["idle"])
    record.write(tmp_path)
    row = row_of_all([measured(), again], record, tmp_path)
    assert row.endswith(
        "| 2.60 | ≤ 15 | **incomplete**: idle failed, storm was not in it, knee is missing, "
        "publish was measured again since; the minutes are those of the run |"
    )
    record.seconds = 1.0
    assert "changed by hand" in row_of_all([measured(), again], record, tmp_path)


def test_the_length_of_a_run_that_was_broken_off_is_not_known(tmp_path: Path) -> None:
    other = FullRun(replace(WHOLE, id="0"), 60.0, {"idle": 60.0})
    for record in (None, other):
        row = row_of_all([measured(seconds=60.0)], record, tmp_path)
        assert "| – | ≤ 15 | **not measured**: no full run with these results came to its end" in row


def test_a_scenario_that_failed_has_a_section_without_a_table(tmp_path: Path) -> None:
    failed = Result(
        "idle", "memory", [], targets=[Target("came to its end", 0, 1, False)], notes=["It failed: x"]
    )
    text = report.write([failed], tmp_path).read_text("utf-8")
    assert "| came to its end | 0 | ≥ 1 | **not reached** (" in text
    section = text[text.index("## idle") :]
    assert "- It failed: x" in section
    assert "|" not in section


def test_what_is_not_of_the_run_says_when_and_how_it_was_measured(tmp_path: Path) -> None:
    alone = Run("2", "tickcast bench soak --seconds 60", "2026-11-22 09:00 UTC", "0123abc")
    soak = measured("soak", alone, 60.0)
    text = report.write([measured(seconds=60.0), soak], tmp_path).read_text("utf-8")
    assert "Measured by `tickcast bench all`, begun 2026-11-23 11:50 UTC, code d5b9917, on: cores 2." in text
    assert "Its length was not kept; in seconds: idle 60." in text
    section = text[text.index("## soak") :]
    assert (
        "Not part of a full run: measured 2026-11-23 12:00 UTC by `tickcast bench soak --seconds 60`, "
        "begun 2026-11-22 09:00 UTC, code 0123abc." in section
    )
    assert "| [soak](#soak) | memory | 1.50 KiB | ≤ 4 | reached (measured apart) |" in text


def test_the_run_is_the_one_that_most_is_of_and_the_newer_of_two(tmp_path: Path) -> None:
    broken_off = replace(WHOLE, id="2", began="2026-11-23 13:00 UTC")
    results = [measured("a", broken_off), measured("b"), measured("c")]
    assert report.newest_full_run(results) == WHOLE
    assert report.newest_full_run(results[:2]) == broken_off
    assert report.newest_full_run([measured(run=replace(WHOLE, whole=False))]) == Run()


def test_what_was_changed_by_hand_is_shown_as_such(tmp_path: Path) -> None:
    touched = measured()
    touched.notes.append("better than it looks")
    text = report.write([touched], tmp_path).read_text("utf-8")
    assert "**Changed by hand** since it was measured" in text
    assert "| reached (changed by hand) |" in text


def test_a_chart_that_no_result_has_any_more_goes(tmp_path: Path) -> None:
    (tmp_path / "performance").mkdir()
    old = tmp_path / "performance" / "old.svg"
    old.write_text("<svg/>")
    report.write([measured()], tmp_path)
    assert not old.exists()


def test_a_note_that_many_results_share_is_said_once(tmp_path: Path) -> None:
    text = report.write([result(name) for name in ("a", "b", "c")], tmp_path).read_text("utf-8")
    assert text.count("a note") == 1


def test_bars_are_as_long_as_their_values() -> None:
    drawn = ElementTree.fromstring(chart.bars("<b>", [("Tickcast", 10.0), ("nchan & co", 40.0)], 1))
    ours, theirs = (float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect"))
    assert abs(theirs / ours - 4) < 0.01
    assert "nchan & co" in [text.text for text in drawn.iter(f"{SVG}text")]


def test_a_line_rises_with_its_values() -> None:
    drawn = ElementTree.fromstring(chart.line("x", [(1, 10), (2, 20), (4, 5)], "clients"))
    (path,) = drawn.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in path.attrib["points"].split()]
    assert heights[1] < heights[0] < heights[2]
