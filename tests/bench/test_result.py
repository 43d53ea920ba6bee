from pathlib import Path

import pytest

from tickcast.bench.result import Column, Result, Target, number, read, read_all
from tickcast.bench.run import Run


def result(name: str = "idle") -> Result:
    return Result(
        name,
        "ten connections",
        [Column("each", "KiB each", 2), Column("seconds", "s", 1)],
        [{"who": "Tickcast", "each": 1.5, "seconds": None}, {"who": "nchan", "each": 3.0, "seconds": 1}],
        [Target("memory", 1.5, 4, unit="KiB"), Target("speed", 3, 10, at_most=False)],
        ["a note"],
        {"memory by minutes": [(0.0, 1.0), (1.0, 2.0)]},
        "2026-11-23 12:00 UTC",
        {"cores": "2"},
    )


def test_a_result_is_the_same_after_a_file(tmp_path: Path) -> None:
    written = result()
    written.run = Run("abc", "tickcast bench all", "2026-11-23 11:50 UTC", "d5b9917", whole=True)
    found = read(written.write(tmp_path))
    assert found == written
    assert not found.altered


@pytest.mark.parametrize(("old", "new"), [("a note", "a better note"), ("1.5", "1.4"), ("ten", "many")])
def test_what_was_changed_by_hand_shows(tmp_path: Path, old: str, new: str) -> None:
    path = result().write(tmp_path)
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    assert read(path).altered


def test_results_come_in_the_order_asked_for_and_missing_ones_not_at_all(tmp_path: Path) -> None:
    for name in ("a", "b"):
        result(name).write(tmp_path)
    assert [each.scenario for each in read_all(["b", "none", "a"], tmp_path)] == ["b", "a"]


@pytest.mark.parametrize(
    ("measured", "limit", "at_most", "reached"),
    [(1, 2, True, True), (2, 2, True, True), (3, 2, True, False), (3, 2, False, True), (1, 2, False, False)],
)
def test_a_target_is_reached_on_its_own_side(
    measured: float, limit: float, at_most: bool, reached: bool
) -> None:
    assert Target("x", measured, limit, at_most).reached is reached


def test_what_was_not_measured_is_not_reached_and_says_why() -> None:
    target = Target("x", None, 2, why="no nginx")
    assert not target.reached
    assert target.sentence == "x: not measured (no nginx), at most 2"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(None, 1, "–"), ("yes", 1, "yes"), (1234567.8, 0, "1,234,568"), (0.333, None, "0.33"), (5, None, "5")],
)
def test_numbers_as_people_read_them(value: float | str | None, digits: int | None, text: str) -> None:
    assert number(value, digits) == text


def test_an_infinite_figure_is_unknown_in_the_file_and_no_change_by_hand(tmp_path: Path) -> None:
    written = result()
    written.rows[0]["each"] = float("inf")
    found = read(written.write(tmp_path))
    assert found.row("Tickcast")["each"] is None
    assert not found.altered
