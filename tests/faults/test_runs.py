"""Whole runs: a quiet one, and faults of each kind. `make faults` has all of them, each by itself."""

import pytest

from tests.faults.checked import check, one_after_the_other
from tests.faults.pairs import Pairs
from tests.faults.referee import nginx
from tests.faults.referee.faults.all import FAULTS
from tests.faults.referee.run import report, run
from tests.faults.referee.schedule import Step
from tests.faults.referee.shape import Shape

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]

PLAIN = {
    "what lies between": (
        ("gateway_killed", 2.0),
        ("gateway_without_files", 2.0),
        ("clients_line_torn", 1.0),
        ("gateway_line_hole_down", 4.0),
        ("publisher_line_cut", 1.0),
        ("balancer_line_torn", 1.0),
        ("nginx_reloaded", 1.0),
        ("crowd", 2.0),
    ),
    "what stands in Redis": (
        ("leader_killed", 2.0),
        ("rubbish_live_text", 0.5),
        ("key_deleted_last", 0.5),
        ("key_mistyped_log", 0.5),
        ("connections_killed", 1.0),
        ("output_buffers_tiny", 2.0),
        ("channels_refused", 2.0),
        ("redis_frozen", 4.0),
        ("redis_full", 2.0),
        ("address_moved", 4.0),
        ("emptied_and_publishers_killed", 2.0),
    ),
}


async def test_where_nothing_happens_every_client_has_every_tick_at_once() -> None:
    # A heartbeat pushes out what a decoder holds back, so it is as seldom as that of a real gateway.
    outcome = await run(1, 15, [], Shape(nginx=nginx.is_installed(), heartbeat=5000), beside=Pairs)
    check(outcome)
    verdict = outcome.verdict
    assert (verdict.lost, outcome.handed) == (0, verdict.accepted), report(outcome)
    assert verdict.bars > 50, report(outcome)
    assert {"identity", "gzip", "gzip-go", "zstd"} == verdict.ages.keys()
    assert all(len(ages.values) > 100 for ages in verdict.ages.values()), report(outcome)


@pytest.mark.parametrize("where", PLAIN)
async def test_faults_are_survived_without_a_tick_lost_untold(where: str) -> None:
    steps, seconds = one_after_the_other(PLAIN[where])
    check(await run(2, seconds, steps, beside=Pairs))


async def test_a_sentinel_moves_the_master_without_a_tick_lost_untold() -> None:
    check(await run(2, 12, [Step(2.0, "master_moved", 4.0, 1)], Shape(kind="sentinel", nginx=False)))


def test_of_every_kind_a_fault_is_run_here() -> None:
    run_here = {name for faults in PLAIN.values() for name, _ in faults}
    run_here |= {"master_moved", "clock_redis_forward"}
    kinds = {fault.kind for fault in FAULTS.values()}
    assert {FAULTS[name].kind for name in run_here} == kinds
