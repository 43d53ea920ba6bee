"""The budget of work: an address has its share, all have theirs, and what is owed is paid off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tickcast.gateway.limits.owed import SWEPT
from tickcast.gateway.limits.work import BURST, MOST_TOLD, SHARES, Work
from tickcast.runtime.problem import Problem


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refused(work: Work, whose: str) -> int:
    """Return the status with which an address is refused, 0 if it is not."""
    try:
        work.check(whose)
    except Problem as problem:
        return problem.status if problem.headers["retry-after"] != "0" else -1
    return 0


def test_an_address_may_owe_a_burst_and_then_waits_until_that_is_paid_off(clock: Clock) -> None:
    work = Work(100, clock)
    work.charge("a", 5.99)
    assert (refused(work, "a"), work.wait("a")) == (0, 0.0)
    work.charge("a", 0.02)
    assert work.wait("a") == pytest.approx(0.1)
    assert (refused(work, "a"), refused(work, "b")) == (429, 0)
    clock.now += 0.11
    assert refused(work, "a") == 0
    # It pays off 100 ms in each second.
    work.charge("a", 0.5)
    assert work.wait("a") == pytest.approx(5.0, abs=0.02)
    assert work.refused == {"work": 1, "all_work": 0}


def test_nobody_is_shut_out_for_longer_than_a_burst(clock: Clock) -> None:
    work = Work(100, clock)
    work.charge("a", 13)
    assert work.wait("a") == BURST
    clock.now += BURST
    assert refused(work, "a") == 0


def test_a_whole_core_is_no_bound(clock: Clock) -> None:
    work = Work(1000, clock)
    for _ in range(200):
        clock.now += 1
        work.charge("a", 1.0)
        assert refused(work, "a") == 0


def test_when_all_owe_too_much_those_are_refused_that_owe_most(clock: Clock) -> None:
    work = Work(100, clock)
    greedy = [f"192.0.2.{number}" for number in range(2 * SHARES)]
    for _ in range(60):
        for each in greedy:
            if not refused(work, each):
                work.charge(each, 0.2)
        clock.now += 0.5
    # Together they have spent what all may: they are refused at times, and whoever asks for little never.
    assert work.refused["all_work"] > 0
    assert refused(work, "198.51.100.1") == 0
    work.charge("198.51.100.1", 0.5)
    assert refused(work, "198.51.100.1") == 0


def test_from_however_many_addresses_no_more_is_done_than_all_may_have(clock: Clock) -> None:
    work, seconds = Work(100, clock), 600
    for step in range(10 * seconds):
        clock.now += 0.1
        for number in range(5):
            whose = f"10.{step % 100}.0.{number}"
            if not refused(work, whose):
                work.charge(whose, 0.02)
    assert work.refused["all_work"] > 0
    assert work.seconds <= 0.1 * SHARES * (seconds + 2 * BURST) + 1


def test_addresses_that_owe_nothing_are_forgotten(clock: Clock) -> None:
    work = Work(100, clock)
    for number in range(10 * SWEPT):
        clock.now += 0.01
        work.charge(str(number), 0.001)
    assert len(work) <= 2 * SWEPT
    work.charge("a", 20)
    for number in range(3 * SWEPT):
        work.charge(f"x{number}", 1e-9)
    assert refused(work, "a") == 429


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 3)), max_size=50))
def test_what_is_done_for_an_address_is_at_most_its_burst_and_its_rate(
    steps: list[tuple[float, float]],
) -> None:
    clock = Clock()
    work, began, spent = Work(100, clock), clock.now, 0.0
    for later, seconds in steps:
        clock.now += later
        if not refused(work, "a"):
            work.charge("a", seconds)
            spent += seconds
            # What was let in last may be larger than what was left.
            assert spent - seconds <= 0.1 * (clock.now - began + BURST) + 1e-6 + 3 * 2


def test_others_are_told_what_was_spent_for_those_who_owe_most(clock: Clock) -> None:
    work = Work(100, clock)
    work.charge("much", 2.5)
    work.charge("more", 3.0)
    work.charge("hardly", 0.05)
    assert work.owing() == {"more": (3000, 3000), "much": (2500, 2500)}
    clock.now += 26
    # It has paid off all: nobody else has to know.
    assert work.owing() == {"more": (3000, 400)}
    work.charge("more", 1.0)
    assert work.owing() == {"more": (4000, 1400)}
    # What was paid off before it is told of is not told again.
    clock.now += 1000
    assert work.owing() == {}
    work.charge("more", 0.3)
    assert work.owing() == {"more": (300, 300)}
    for number in range(2 * MOST_TOLD):
        work.charge(f"each {number}", 0.2 + number / 1e6)
    told = work.owing()
    assert len(told) == MOST_TOLD
    assert {"more", f"each {2 * MOST_TOLD - 1}"} < {*told}
    assert "each 0" not in told


def test_what_was_spent_elsewhere_is_owed_but_is_no_work_of_this_gateway(clock: Clock) -> None:
    work = Work(100, clock)
    work.charge_elsewhere("a", 7.0)
    assert (refused(work, "a"), work.seconds, work.owing()) == (429, 0.0, {})
    assert work.wait("a") == pytest.approx(10.0)
    # Only what this gateway has done is told by it.
    work.charge("a", 0.05)
    assert work.owing() == {}
    # All together owe nothing of it.
    assert refused(work, "b") == 0


def test_a_gateway_that_hears_nothing_has_its_part_of_a_share(clock: Clock) -> None:
    work = Work(100, clock)
    work.parts = 4
    work.charge("a", 1.6)
    assert (refused(work, "a"), work.seconds) == (429, 1.6)
    work.parts = 1
    work.charge("b", 1.6)
    assert refused(work, "b") == 0


def test_no_gateway_leaves_untold_what_all_together_have_done(clock: Clock) -> None:
    work = Work(100, clock)
    work.gateways = 4
    for _ in range(200):
        clock.now += 0.1
        # Less than its rate at each of the four, and more at all of them.
        work.charge("a", 0.007)
    assert [*work.owing()] == ["a"]
    # Its part of the rate: four of these make no more than an address may have.
    for _ in range(200):
        clock.now += 0.1
        work.charge("b", 0.0024)
    assert "b" not in work.owing()


def test_a_subject_pays_beside_an_address_and_in_all_it_counts_once(clock: Clock) -> None:
    work = Work(100, clock)
    work.charge("a", 1.0)
    work.charge_besides("s", 1.0)
    assert work.seconds == 1.0
    assert work._all.seconds(None) == pytest.approx(1.0 / 0.1 / SHARES)
    work.charge_besides("s", 6.0)
    assert (refused(work, "s"), refused(work, "a")) == (429, 0)
