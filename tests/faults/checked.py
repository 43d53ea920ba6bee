"""Runs of several faults, one after the other, for the tests that let the referee judge."""

from tests.faults.referee.run import Outcome, report
from tests.faults.referee.schedule import Step

PAUSE = 1.0
"""Seconds between two faults of a run."""


def one_after_the_other(faults: tuple[tuple[str, float], ...]) -> tuple[list[Step], float]:
    """Return the steps, and the seconds that they take."""
    steps, at = [], 2.0
    for name, lasts in faults:
        steps.append(Step(at, name, lasts, 1))
        at += lasts + PAUSE
    return steps, at + PAUSE


def check(outcome: Outcome) -> None:
    """Fail with the whole report if the judge has found anything, or if there was nothing to judge."""
    verdict = outcome.verdict
    assert not verdict.faults, f"{report(outcome)}\n{outcome.outputs}"
    assert verdict.accepted > 1000, report(outcome)
    assert verdict.delivered > 2 * verdict.accepted, report(outcome)
