"""Whole runs: a quiet one, and single faults. `python -m tests.faults` has all faults, and more of them."""

import pytest

from tests.faults.referee.crowd import KINDS
from tests.faults.referee.run import Outcome, report, run
from tests.faults.referee.schedule import Step
from tests.faults.referee.trace import Plan
from tests.faults.referee.world import Shape

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


def as_go_reads(plan: Plan) -> bool:
    return plan.encoding == "gzip-go"


def others(plan: Plan) -> bool:
    return not as_go_reads(plan)


def check(outcome: Outcome) -> None:
    """Fail with the whole report if the judge has found anything, or if there was nothing to judge."""
    verdict = outcome.verdict
    assert not verdict.faults, f"{report(outcome)}\n{outcome.outputs}"
    assert verdict.accepted > 1000, report(outcome)
    assert verdict.delivered > 2 * verdict.accepted, report(outcome)


async def test_where_nothing_happens_every_client_has_every_tick_at_once() -> None:
    outcome = await run(1, 10, [], wanted=others)
    check(outcome)
    verdict = outcome.verdict
    assert (verdict.lost, outcome.handed) == (0, verdict.accepted), report(outcome)
    assert verdict.bars > 50, report(outcome)
    assert {"identity", "gzip", "zstd"} == verdict.ages.keys()
    assert all(len(ages.values) > 100 for ages in verdict.ages.values()), report(outcome)


@pytest.mark.xfail(reason="V0: a small piece of gzip waits for the next one in Go's inflater")
async def test_who_reads_gzip_as_go_does_has_every_tick_at_once() -> None:
    outcome = await run(1, 6, [], Shape(gateways=1, publishers=1, nginx=False), KINDS, as_go_reads)
    check(outcome)


@pytest.mark.parametrize("fault", ["gateway_killed", "leader_killed", "redis_frozen"])
async def test_a_fault_is_survived_without_a_tick_lost_untold(fault: str) -> None:
    check(await run(2, 10, [Step(3.0, fault, 4.0, 1)], wanted=others))
