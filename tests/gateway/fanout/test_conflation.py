"""The wheel of conflating groups, by a clock that the test turns."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.market import key
from tickcast.gateway.fanout.conflation import MAX_SLOTS, STEP, Wheel
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.interval import INTERVALS, grant_interval


class TurnedLoop:
    """As much of an event loop as a wheel needs."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> Any:
        return self.call_at(self.now + delay, callback)

    def call_at(self, when: float, callback: Callable[[], None]) -> Any:
        self.due.append((when, callback))
        return callback

    def pass_time(self, seconds: float) -> None:
        """Run what comes due, each at its time."""
        end = self.now + seconds
        while self.due and min(self.due)[0] <= end:
            self.due.sort(key=lambda entry: entry[0])
            when, callback = self.due.pop(0)
            self.now = max(self.now, when)
            callback()
        self.now = end

    def stall(self, seconds: float) -> None:
        """Let time pass with nothing done in it."""
        self.now += seconds


class Turning:
    """A wheel, and how often and when each group had its turn."""

    def __init__(self) -> None:
        self.loop = TurnedLoop()
        self.turns: Counter[Group] = Counter()
        self.steps: Counter[float] = Counter()
        self.wheel = Wheel(self._turn, lambda: None)
        self.wheel._loop = self.loop  # type: ignore[assignment]

    def _turn(self, group: Group) -> None:
        self.turns[group] += 1
        self.steps[self.loop.now] += 1

    def add(self, interval: int) -> Group:
        group = Group(key("A", interval), [b"A"], 1)
        self.wheel.add(group)
        return group


@pytest.fixture
async def turning() -> Turning:
    return Turning()


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (0, 0),
        (1, 50),
        (50, 50),
        (51, 100),
        (300, 500),
        (10_000, 10_000),
        (10_001, 30_000),
        (300_001, 3_600_000),
    ],
)
def test_an_interval_is_raised_to_the_next(asked: int, granted: int) -> None:
    assert grant_interval(asked) == granted


async def test_every_group_has_one_turn_in_each_interval(turning: Turning) -> None:
    groups = [turning.add(interval) for interval in INTERVALS for _ in range(7)]
    # The end of the last interval is no step, so it does not matter which way a float rounds.
    turning.loop.pass_time(60 + STEP / 2)
    for group in groups:
        assert abs(turning.turns[group] - 60_000 // group.key.interval) <= 1


async def test_an_interval_of_an_hour_is_kept_with_few_slots(turning: Turning) -> None:
    groups = [turning.add(3_600_000) for _ in range(50)]
    assert all(group.slot < MAX_SLOTS for group in groups)
    # The clock is turned by hand: steps of a second come to each slot, as those of 10 ms do.
    for _ in range(2 * 3600):
        turning.loop.stall(1)
        turning.loop.pass_time(0)
    assert {turning.turns[group] for group in groups} == {2}


async def test_turns_are_spread_over_the_interval(turning: Turning) -> None:
    for _ in range(1000):
        turning.add(250)
    turning.loop.pass_time(0.25)
    assert sum(turning.steps.values()) == pytest.approx(1000, abs=60)
    # Evenly would be 40 a step.
    assert max(turning.steps.values()) < 60


async def test_after_a_long_pause_each_group_has_one_turn_not_all_it_missed(turning: Turning) -> None:
    groups = [turning.add(50), turning.add(1000)]
    turning.loop.stall(7)
    turning.loop.pass_time(0)
    assert [turning.turns[group] for group in groups] == [1, 1]


async def test_a_group_that_has_gone_has_no_more_turns_and_an_empty_wheel_stands_still(
    turning: Turning,
) -> None:
    group = turning.add(50)
    turning.loop.pass_time(0.2)
    turning.wheel.remove(group)
    had = turning.turns[group]
    turning.loop.pass_time(1)
    assert turning.turns[group] == had
    assert not turning.loop.due
    turning.add(50)
    assert turning.loop.due
