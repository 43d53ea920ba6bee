"""The clock by which prices are delayed: nothing is older than it is, whatever becomes of Redis's clock."""

from tickcast.publisher.delay.clock import LEAPS, FeedClock

SECOND = 1_000_000


class Hand:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_goes_on_between_two_looks_and_knows_nothing_before_the_first() -> None:
    hand = Hand()
    clock = FeedClock(hand)
    assert (clock.now(), clock.age(5)) == (None, None)
    clock.observe(50 * SECOND)
    hand.seconds += 2
    assert (clock.now(), clock.age(50 * SECOND)) == (52 * SECOND, 2 * SECOND)


def test_a_clock_set_forward_makes_nothing_older_that_was_dated_before() -> None:
    hand = Hand()
    clock = FeedClock(hand)
    clock.observe(50 * SECOND)
    hand.seconds += 1
    clock.observe(951 * SECOND)
    assert clock.age(50 * SECOND) == 1 * SECOND
    assert clock.age(951 * SECOND) == 0
    hand.seconds += 9
    clock.observe(960 * SECOND)
    assert clock.age(50 * SECOND) == 10 * SECOND
    assert clock.age(951 * SECOND) == 9 * SECOND


def test_a_clock_set_back_makes_nothing_older_either() -> None:
    hand = Hand()
    clock = FeedClock(hand)
    clock.observe(50 * SECOND)
    clock.observe(20 * SECOND)
    assert clock.age(50 * SECOND) == -30 * SECOND


def test_many_leaps_are_remembered_as_fewer() -> None:
    hand = Hand()
    clock = FeedClock(hand)
    clock.observe(0)
    for number in range(1, 3 * LEAPS):
        clock.observe(number * 10 * SECOND)
    assert clock.age(0) == 0
    assert clock.age((3 * LEAPS - 1) * 10 * SECOND) == 0
