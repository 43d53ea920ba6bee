"""Running scenarios: how far it is, and that all of them fit into a quarter of an hour."""

import re
from pathlib import Path

import httpx2
import pytest

from tickcast.bench import runner
from tickcast.bench.catalogue import ALL, SCENARIOS
from tickcast.bench.full_run import read as read_full_run
from tickcast.bench.options import Options
from tickcast.bench.report import DOCS
from tickcast.bench.result import Result, read
from tickcast.bench.run import Run
from tickcast.bench.scenario import Bench, Scenario
from tickcast.runtime.errors import UserError


def test_the_run_in_the_report_fitted_into_a_quarter_of_an_hour_and_took_about_as_long_as_planned() -> None:
    text = (DOCS / "performance.md").read_text("utf-8")
    told = re.search(r"in seconds: (.*)\.$", text, re.MULTILINE)
    assert told is not None
    took = {name: float(seconds) for name, seconds in (each.split() for each in told[1].split(", "))}
    assert {*took} == {*ALL}
    assert sum(took.values()) < 15 * 60
    planned = sum(SCENARIOS[name].seconds for name in ALL)
    assert planned < 15 * 60
    assert sum(took.values()) < 1.1 * planned


def test_it_tells_how_far_it_is_and_keeps_how_long_each_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def scenario(name: str) -> Scenario:
        def run(bench: Bench) -> Result:
            bench.say(f"{name}: measuring")
            return Result(name, "nothing", [])

        return Scenario(name, "for a test", run, 50)

    written: list[Result] = []
    monkeypatch.setattr(Result, "write", lambda result, directory: written.append(result) or directory)
    monkeypatch.setattr(runner, "SCENARIOS", {name: scenario(name) for name in ("first", "second")})
    results = runner.run(["first", "second"], Options(rate=5.0))
    told = capsys.readouterr().out
    assert re.search(r"first: measuring \(1 of 2, 0:\d\d of about 1:40\)", told)
    assert re.search(r"second: measuring \(2 of 2, 0:\d\d of about 1:40\)", told)
    assert written == results
    assert {result.run.command for result in results} == {"tickcast bench first second --rate 5"}
    assert len({result.run.id for result in results}) == 1
    assert not any(result.run.whole for result in results)
    assert all(0 < result.seconds < 60 for result in results)


def works(bench: Bench) -> Result:
    return Result("works", "nothing", [])


def refused(bench: Bench) -> Result:
    raise UserError("a client\nwas refused")


def silent(bench: Bench) -> Result:
    raise httpx2.ReadTimeout("")


def test_a_scenario_that_fails_is_a_result_and_ends_nothing_but_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ["refused", "silent", "works"]
    runs = (refused, silent, works)
    scenarios = {name: Scenario(name, "for a test", run, 1) for name, run in zip(names, runs, strict=True)}
    monkeypatch.setattr(runner, "SCENARIOS", scenarios)
    monkeypatch.setattr(runner, "ALL", names)
    with pytest.raises(UserError, match="2 of 3 failed: refused, silent") as told:
        runner.run(names, Options(), tmp_path)
    assert told.value.code == 1
    failed, late, well = (read(tmp_path / f"{name}.json") for name in names)
    assert failed.notes == ["It failed: a client was refused"]
    assert late.notes == ["It failed: ReadTimeout"]
    assert [[target.reached for target in each.targets] for each in (failed, late, well)] == [
        [False],
        [False],
        [],
    ]
    assert {failed.run.id, late.run.id} == {well.run.id}
    record = read_full_run(tmp_path)
    assert record.run == well.run
    assert record.failed == ["refused", "silent"]
    assert list(record.scenarios) == names
    assert record.seconds >= sum(record.scenarios.values()) > 0
    assert not record.altered


def test_a_run_of_some_scenarios_or_of_other_figures_is_no_run_of_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "SCENARIOS", {"works": Scenario("works", "for a test", works, 1)})
    runner.run(["works"], Options(), tmp_path)
    monkeypatch.setattr(runner, "ALL", ["works"])
    runner.run(["works"], Options(rate=5.0), tmp_path)
    assert read_full_run(tmp_path).run == Run()
