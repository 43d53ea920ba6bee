"""Running scenarios: how far it is, and that all of them fit into a quarter of an hour."""

import pytest

from bench import runner
from bench.catalogue import ALL, SCENARIOS
from bench.result import Result
from bench.scenario import Bench, Options, Scenario


def test_all_scenarios_fit_into_a_quarter_of_an_hour() -> None:
    assert sum(SCENARIOS[name].seconds for name in ALL) < 15 * 60


def test_it_tells_how_far_it_is_and_keeps_how_long_each_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def scenario(name: str) -> Scenario:
        def run(bench: Bench) -> Result:
            bench.say(f"{name}: measuring")
            return Result(name, "nothing", [])

        return Scenario(name, "for a test", run, 50)

    written: list[Result] = []
    monkeypatch.setattr(Result, "write", lambda result: written.append(result) or "where")
    monkeypatch.setattr(runner, "SCENARIOS", {name: scenario(name) for name in ("first", "second")})
    results = runner.run(["first", "second"], Options())
    told = capsys.readouterr().out
    assert "first: measuring (1 of 2, 0:00 of about 1:40)" in told
    assert "second: measuring (2 of 2, 0:00 of about 1:40)" in told
    assert written == results
    assert all(0 < result.seconds < 60 for result in results)
