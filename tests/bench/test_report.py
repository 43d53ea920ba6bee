"""The report says what was measured, and what fell short."""

from pathlib import Path
from xml.etree import ElementTree

from bench import chart, report
from tests.bench.test_result import result

SVG = "{http://www.w3.org/2000/svg}"


def test_the_report_has_every_row_target_note_and_chart(tmp_path: Path) -> None:
    text = report.write([result()], tmp_path).read_text("utf-8")
    assert "| Tickcast | 1.50 | – |" in text
    assert "| nchan | 3.00 | 1.0 |" in text
    assert "| [idle](#idle) | memory | 1.50 KiB | ≤ 4 | reached |" in text
    assert "| [idle](#idle) | speed | 3  | ≥ 10 | **not reached** |" in text
    assert "- a note" in text
    for name in ("idle-each.svg", "idle-1.svg"):
        assert f"(performance/{name})" in text
        assert (tmp_path / "performance" / name).exists()


def test_what_falls_short_carries_its_profile_and_what_does_not_needs_none(tmp_path: Path) -> None:
    short = result()
    short.profiles = {"Tickcast": {"gateway.made_up.work": 0.25}}
    text = report.write([short], tmp_path).read_text("utf-8")
    assert "Why it falls short" in text
    assert "| gateway.made_up.work | 25.0 |" in text
    short.targets = [target for target in short.targets if target.reached]
    assert "gateway.made_up.work" not in report.write([short], tmp_path).read_text("utf-8")


def test_what_was_not_measured_is_said_and_how_long_the_rest_took(tmp_path: Path) -> None:
    measured = result()
    measured.seconds = 90.0
    text = report.write([measured], tmp_path, ["storm"]).read_text("utf-8")
    assert "| storm | – | – | – | **not measured** |" in text
    assert "It took 1.5 minutes in all; in seconds: idle 90." in text


def test_a_chart_that_no_result_has_any_more_goes(tmp_path: Path) -> None:
    (tmp_path / "performance").mkdir()
    old = tmp_path / "performance" / "old.svg"
    old.write_text("<svg/>")
    report.write([result()], tmp_path)
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
