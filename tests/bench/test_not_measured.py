"""What a machine lacks leaves its targets in the table: not measured, and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tickcast.bench.catalogue import SCENARIOS
from tickcast.bench.checker import Times
from tickcast.bench.cores import divided
from tickcast.bench.options import Options
from tickcast.bench.result import Target
from tickcast.bench.scenario import Bench
from tickcast.bench.trial import Trial
from tickcast.bench.window import Window
from tickcast.runtime.errors import UserError

CPU = {"send()": 0.0, "Tickcast": 0.5}
"""Seconds; that of a very quick machine's bare send() is less than the system counts."""


def measure(trial: Trial, *_: object) -> Window:
    """Return a window without measuring; sse-starlette and StreamingResponse fail."""
    if trial.name.startswith(("sse-starlette", "StreamingResponse")):
        raise UserError("it refuses")
    return Window(
        1.0, CPU.get(trial.name, 2.0), 1000, 162_000, 1000, 0.1, 0.1, 0.0, 0, Times(), writes=1000.0
    )


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have neither nchan nor nginx nor Chromium, and start nothing."""

    @contextmanager
    def nothing(*_: object) -> Iterator[None]:
        yield

    monkeypatch.setattr("tickcast.bench.comparison.measure", measure)
    monkeypatch.setattr("tickcast.bench.stack.Stack.redis", nothing)
    monkeypatch.setattr("tickcast.bench.rivals.nchan.module", lambda: None)
    monkeypatch.setattr("tickcast.bench.balancer._nginx", lambda: None)
    monkeypatch.setattr("tickcast.bench.scenarios.parsing.CHROMIUM", Path("nowhere"))


def targets(name: str, rivals: bool = True) -> dict[str, Target]:
    """Return the targets of a scenario by the last words of what they are."""
    with divided() as cores:
        options = Options(clients=10, symbols=20, rivals=rivals)
        result = SCENARIOS[name].run(Bench(cores, options, lambda _text: None))
    return {target.what.partition("beside ")[2] or target.what: target for target in result.targets}


def test_broadcast_keeps_the_targets_of_rivals_that_are_missing_or_fail_and_of_a_bare_send_too_cheap() -> (
    None
):
    found = targets("broadcast")
    assert [target.measured for target in found.values()] == [None] * 3
    assert "libnginx-mod-nchan" in found["nchan"].why
    assert found["StreamingResponse"].why == "it refuses"
    assert found["send()"].why == "send() took less CPU than the system counts"
    assert targets("broadcast", rivals=False)["StreamingResponse"].why == "rivals were left out"


def test_watchlists_keep_the_targets_of_rivals_that_are_missing_or_fail() -> None:
    found = targets("watchlists")
    assert found["nchan at its best"].measured is None
    assert "libnginx-mod-nchan" in found["nchan at its best"].why
    assert found["StreamingResponse at its best"].why == "it refuses"
    assert found["ticks a CPU second"].measured == 2000
    assert "libnginx-mod-nchan" in found["nchan's"].why
    assert found["a gateway that always rests, for the rise of CPU"].why.startswith("it delivered nothing")
    left_out = targets("watchlists", rivals=False)
    assert left_out["nchan's"].why == "rivals were left out" or "libnginx" in left_out["nchan's"].why
    assert left_out["a gateway that always rests, for the rise of CPU"].why == "rivals were left out"


@pytest.mark.parametrize(("cost", "measured"), [(0.0, None), (2.0, 0.0)])
def test_tokens_meet_no_target_by_a_load_without_a_figure(
    monkeypatch: pytest.MonkeyPatch, cost: float, measured: float | None
) -> None:
    monkeypatch.setattr("tickcast.bench.scenarios.tokens._window", lambda *_: cost)
    monkeypatch.setattr("tickcast.bench.scenarios.tokens._storm", lambda *_: cost)
    found = [*targets("tokens").values()]
    assert [target.measured for target in found] == [measured] * 3
    assert [target.reached for target in found] == [measured is not None] * 3


@pytest.mark.parametrize(
    ("name", "what", "why"),
    [("balancer", "wrong by", "nginx is not installed"), ("parsing", "events", "Chromium is not installed")],
)
def test_a_scenario_without_its_tool_keeps_its_target(name: str, what: str, why: str) -> None:
    (target,) = targets(name).values()
    assert target.measured is None
    assert why in target.why
    assert not target.reached
    assert what in targets(name)
