"""Rests between pieces of a round, by simulated loads: the controller alone, without a loop."""

from collections.abc import Callable

import pytest

from tickcast.gateway.fanout.rest import MAX_FACTOR, MAX_REST, MIN_REST, WINDOW, Rest

BOUND = 0.6
PIECE = 0.002
"""Seconds of work in a piece of a simulated round."""


class Loop:
    """A loop under a load: work besides rounds, and rounds whose work may fall when frames grow."""

    def __init__(self, other: float, rounds: Callable[[float], float], bound: float = BOUND) -> None:
        """`other` is a share of the time; `rounds` returns the share for rounds, by the factor of rest."""
        self.other = other
        self.rounds = rounds
        self.now = self.idle = 0.0
        self.factors: list[tuple[float, float]] = []
        self.rest = Rest(bound, lambda: self.idle, lambda: self.now)

    def run(self, seconds: float) -> float:
        """Let time pass; return the busy share of the last half second."""
        until, marks = self.now + seconds, [(self.now, self.idle)]
        while self.now < until:
            asked = self.rest.after(self.now, PIECE)
            self.rest.end_round()
            share = min(self.rounds(self.rest.factor), 1 - self.other)
            # A piece is due again when as much is waiting, and not before the rest has passed.
            period = max(PIECE / share if share else WINDOW, PIECE / (1 - self.other), PIECE + asked)
            busy = (PIECE if share else 0.0) + self.other * period
            self.now += period
            self.idle += max(0.0, period - busy)
            self.factors.append((self.now, self.rest.factor))
            marks.append((self.now, self.idle))
        then, idle = next(mark for mark in marks if mark[0] >= until - 0.5)
        return 1 - (self.idle - idle) / (self.now - then)

    def factor(self, since: float) -> list[float]:
        """Return the factors of rest from a time on."""
        return [factor for at, factor in self.factors if at >= since]


def endless(factor: float) -> float:
    """Return the share of rounds where every list always has news: all the time that the rests leave."""
    return 1 / (1 + factor)


def test_a_loop_below_the_bound_does_not_rest() -> None:
    loop = Loop(0.05, lambda _: 0.5)
    assert loop.run(5) == pytest.approx(0.55, abs=0.02)
    assert set(loop.factor(0)) == {0.0}


@pytest.mark.parametrize("other", [0.0, 0.1, 0.25])
def test_a_loop_with_endless_work_is_held_at_the_bound(other: float) -> None:
    assert Loop(other, endless).run(5) == pytest.approx(BOUND, abs=0.03)


@pytest.mark.parametrize("other", [0.0, 0.1, 0.25])
def test_a_step_of_load_up_or_down_settles_within_a_second_and_does_not_swing(other: float) -> None:
    loop = Loop(other, lambda _: 0.1)
    loop.run(5)
    for rounds, final in ((endless, None), (lambda _: 0.1, 0.0)):
        loop.rounds, began = rounds, loop.now
        loop.run(5)
        settled = loop.factors[-1][1]
        assert final is None or settled == final
        after = loop.factor(began + 1)
        assert max(after) - min(after) < 0.1
        path = loop.factor(began)
        # It goes to its place from one side: at no time far past it.
        assert min(path[0], settled) - 0.1 <= min(path) <= max(path) <= max(path[0], settled) + 0.1


def test_a_load_at_the_edge_of_the_bound_does_not_swing() -> None:
    loop = Loop(0.0, lambda factor: 0.62 if factor < 0.5 else 0.58)
    loop.run(5)
    assert 0.55 < loop.run(5) < 0.65
    assert max(loop.factor(5)) <= 1.0


@pytest.mark.parametrize("other", [0.6, 0.8, 0.99])
def test_a_loop_that_other_work_fills_rests_as_long_as_it_may_and_no_longer(other: float) -> None:
    loop = Loop(other, endless)
    loop.run(1)
    assert {round(factor, 2) for factor in loop.factor(0.9)} == {MAX_FACTOR}


def test_overloaded_rounds_rest_at_least_as_long_as_they_work() -> None:
    # Without a wait for a second: a process that gets too little of the CPU has no idle time at all.
    now = 0.0
    rest = Rest(BOUND, lambda: 0.0, lambda: now)
    while now < 1:
        now += 0.02
        rested = rest.after(now, 0.02)
        rest.end_round()
    assert rested >= 0.02


def test_after_a_quiet_time_the_first_round_hardly_rests() -> None:
    loop = Loop(0.8, endless)
    loop.run(1)
    loop.now += 60
    loop.idle += 60
    loop.rest.after(loop.now, PIECE)
    assert loop.rest.factor < 0.1


def test_no_rest_is_longer_than_the_bound_or_shorter_than_a_timer_can_be() -> None:
    now = 0.0
    rest = Rest(BOUND, lambda: 0.0, lambda: now)
    rests = []
    for _ in range(1000):
        now += 0.01
        rests.append(rest.after(now, MIN_REST / 10))
        rest.end_round()
    assert {rested == 0.0 or rested >= MIN_REST for rested in rests} == {True}
    # What is too short is not lost: in the end a third of the work and rests is work.
    assert sum(rests[500:]) == pytest.approx(MAX_FACTOR * 500 * MIN_REST / 10, rel=0.05)
    assert rest.after(now, 10.0) == MAX_REST


def test_the_pieces_of_one_round_do_not_rest_longer_than_a_round_may() -> None:
    now = 0.0
    rest = Rest(BOUND, lambda: 0.0, lambda: now)
    for _ in range(3):
        rested = 0.0
        for _ in range(1000):
            now += PIECE
            rested += rest.after(now, PIECE)
        assert rested == pytest.approx(MAX_REST)
        rest.end_round()


def test_rests_that_end_late_leave_rounds_their_share() -> None:
    now = worked = 0.0
    rest = Rest(BOUND, lambda: 0.0, lambda: now)
    while now < 20:
        now += PIECE
        worked += PIECE
        rest.end_round()
        if asked := rest.after(now, PIECE):
            # The process waits for the CPU whenever it wakes up.
            now += asked + 0.015
            rest.overslept(0.015)
    assert worked / now == pytest.approx(1 / (1 + MAX_FACTOR), rel=0.05)


def test_the_busy_share_is_true_even_while_no_round_runs() -> None:
    now = idle = 0.0
    rest = Rest(BOUND, lambda: idle, lambda: now)
    now, idle = 0.1, 0.025
    assert rest.busy == pytest.approx(0.75)
    now += WINDOW / 2
    assert rest.busy == pytest.approx(0.75)
    now, idle = 10.1, 10.025
    assert rest.busy == pytest.approx(0.0)


def test_a_bound_of_all_the_time_means_no_rest() -> None:
    loop = Loop(0.3, endless, bound=1.0)
    loop.run(2)
    assert set(loop.factor(0)) == {0.0}
