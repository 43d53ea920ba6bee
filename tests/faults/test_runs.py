"""Whole runs: a quiet one, and single faults. `python -m tests.faults` has all faults, and more of them."""

import pytest

from tests.faults.referee.run import Outcome, report, run
from tests.faults.referee.schedule import Step

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


def check(outcome: Outcome) -> None:
    """Fail with the whole report if the judge has found anything, or if there was nothing to judge."""
    verdict = outcome.verdict
    assert not verdict.faults, f"{report(outcome)}\n{outcome.outputs}"
    assert verdict.accepted > 1000, report(outcome)
    assert verdict.delivered > 2 * verdict.accepted, report(outcome)


async def test_where_nothing_happens_every_client_has_every_tick_at_once() -> None:
    outcome = await run(1, 10, [])
    check(outcome)
    verdict = outcome.verdict
    assert (verdict.lost, outcome.handed) == (0, verdict.accepted), report(outcome)
    assert verdict.bars > 50, report(outcome)
    assert {"identity", "gzip", "gzip-go", "zstd"} == verdict.ages.keys()
    assert all(len(ages.values) > 100 for ages in verdict.ages.values()), report(outcome)


@pytest.mark.parametrize("fault", ["gateway_killed", "leader_killed", "redis_frozen"])
async def test_a_fault_is_survived_without_a_tick_lost_untold(fault: str) -> None:
    check(await run(2, 10, [Step(3.0, fault, 4.0, 1)]))
