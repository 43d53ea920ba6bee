"""What was kept for the whole delay is due, whatever its date; nothing is due before."""

import pytest

from tests.support.clock import Clock
from tickcast.publisher.delay.kept import SPARE, Kept

DELAY = 900
"""Seconds."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Kept:
    return Kept(DELAY * 1_000_000, clock)


def test_an_entry_is_due_when_it_was_there_for_the_delay_and_a_little_more(clock: Clock, kept: Kept) -> None:
    kept.note("5-1")
    assert kept.wait >= DELAY + SPARE
    clock.now += DELAY
    assert kept.overdue("5-0") < 0
    clock.now += kept.wait - DELAY + 1
    assert kept.overdue("5-0") == pytest.approx(1)
    assert kept.overdue("5-1") == pytest.approx(1)
    assert kept.overdue("5-2") == -kept.wait


def test_an_entry_counts_from_the_first_moment_at_which_it_was_surely_there(clock: Clock, kept: Kept) -> None:
    kept.note("5-0")
    clock.now += 1
    # Too soon to be remembered: what has come meanwhile counts from later on.
    kept.note("6-0")
    clock.now += 99
    kept.note("7-0")
    clock.now += kept.wait
    assert kept.overdue("5-0") == pytest.approx(100)
    assert kept.overdue("6-0") == pytest.approx(0)
    assert kept.overdue("7-0") == pytest.approx(0)


def test_few_moments_are_remembered(clock: Clock, kept: Kept) -> None:
    for number in range(100_000):
        kept.note(f"{number}-0")
        clock.now += 0.1
        kept.overdue(f"{max(0, number - 9000)}-0")
    assert len(kept._points) <= 110


def test_ids_that_begin_again_make_nothing_due(clock: Clock, kept: Kept) -> None:
    kept.note("9-0")
    clock.now += 2 * DELAY
    kept.note("5-0")
    assert kept.overdue("5-0") < 0
    kept.forget()
    assert kept.overdue("5-0") == -kept.wait


@pytest.mark.parametrize("entry_id", ["", "rubbish", "5", "5-", "-1-2", "9" * 21 + "-0"])
def test_what_is_no_id_says_nothing(clock: Clock, kept: Kept, entry_id: str) -> None:
    kept.note(entry_id)
    clock.now += 2 * DELAY
    assert kept.overdue("5-0") == -kept.wait
    kept.note("5-0")
    clock.now += 2 * DELAY
    assert kept.overdue(entry_id) == -kept.wait
