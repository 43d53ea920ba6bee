"""What was kept for the whole delay is due, whatever its date; nothing is due before."""

import pytest

from tickcast.publisher.delay.kept import SPARE, Kept

DELAY = 900
"""Seconds."""


class Hand:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def kept(hand: Hand) -> Kept:
    return Kept(DELAY * 1_000_000, hand)


def test_an_entry_is_due_when_it_was_there_for_the_delay_and_a_little_more(hand: Hand, kept: Kept) -> None:
    kept.note("5-1")
    assert kept.wait >= DELAY + SPARE
    hand.seconds += DELAY
    assert kept.overdue("5-0") < 0
    hand.seconds += kept.wait - DELAY + 1
    assert kept.overdue("5-0") == pytest.approx(1)
    assert kept.overdue("5-1") == pytest.approx(1)
    assert kept.overdue("5-2") == -kept.wait


def test_an_entry_counts_from_the_first_moment_at_which_it_was_surely_there(hand: Hand, kept: Kept) -> None:
    kept.note("5-0")
    hand.seconds += 1
    # Too soon to be remembered: what has come meanwhile counts from later on.
    kept.note("6-0")
    hand.seconds += 99
    kept.note("7-0")
    hand.seconds += kept.wait
    assert kept.overdue("5-0") == pytest.approx(100)
    assert kept.overdue("6-0") == pytest.approx(0)
    assert kept.overdue("7-0") == pytest.approx(0)


def test_few_moments_are_remembered(hand: Hand, kept: Kept) -> None:
    for number in range(100_000):
        kept.note(f"{number}-0")
        hand.seconds += 0.1
        kept.overdue(f"{max(0, number - 9000)}-0")
    assert len(kept._points) <= 110


def test_ids_that_begin_again_make_nothing_due(hand: Hand, kept: Kept) -> None:
    kept.note("9-0")
    hand.seconds += 2 * DELAY
    kept.note("5-0")
    assert kept.overdue("5-0") < 0
    kept.forget()
    assert kept.overdue("5-0") == -kept.wait


@pytest.mark.parametrize("entry_id", ["", "rubbish", "5", "5-", "-1-2", "9" * 21 + "-0"])
def test_what_is_no_id_says_nothing(hand: Hand, kept: Kept, entry_id: str) -> None:
    kept.note(entry_id)
    hand.seconds += 2 * DELAY
    assert kept.overdue("5-0") == -kept.wait
    kept.note("5-0")
    hand.seconds += 2 * DELAY
    assert kept.overdue(entry_id) == -kept.wait
