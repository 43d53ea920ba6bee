"""The clock by which prices are delayed: nothing is older than it is, whatever becomes of Redis's clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.publisher.delay.clock import LEAP, LEAPS, FeedClock
from tickcast.publisher.delay.host import UNKNOWN, Reading, read_host

SECOND = 1_000_000
HOUR = 3600 * SECOND


class Machine:
    """The clocks of a machine, which a test moves."""

    def __init__(self, boot: str = "a1", wall: int = 0) -> None:
        self.seconds = 100.0
        self.boot = boot
        self.wrong = wall
        """µs by which the wall clock differs from one that began with the monotonic one."""

    def monotonic(self) -> float:
        return self.seconds

    def read(self) -> Reading:
        now = int(self.seconds * SECOND)
        return Reading(now + self.wrong, self.boot, now)

    def clock(self, settled: float = 1e9) -> FeedClock:
        """Return a clock of a delayer on this machine."""
        return FeedClock(settled, self.monotonic, self.read)

    def look(self, clock: FeedClock, now: int) -> int:
        """Let Redis answer at once."""
        return clock.observe(now, self.read())


def test_it_goes_on_between_two_looks_and_knows_nothing_before_the_first() -> None:
    here = Machine()
    clock = here.clock()
    assert (clock.now(), clock.age(5), clock.note()) == (None, None, "")
    here.look(clock, 50 * SECOND)
    here.seconds += 2
    assert (clock.now(), clock.age(50 * SECOND)) == (52 * SECOND, 2 * SECOND)


def test_a_clock_set_forward_makes_nothing_older_that_was_dated_before() -> None:
    here = Machine()
    clock = here.clock()
    here.look(clock, 50 * SECOND)
    here.seconds += 1
    assert here.look(clock, 951 * SECOND) == 900 * SECOND
    assert clock.age(50 * SECOND) == 1 * SECOND
    assert clock.age(951 * SECOND) == 0
    here.seconds += 9
    assert here.look(clock, 960 * SECOND) == 0
    assert clock.age(50 * SECOND) == 10 * SECOND
    assert clock.age(951 * SECOND) == 9 * SECOND


def test_a_clock_set_back_makes_nothing_older_either() -> None:
    here = Machine()
    clock = here.clock()
    here.look(clock, 50 * SECOND)
    here.look(clock, 20 * SECOND)
    assert clock.age(50 * SECOND) == -30 * SECOND


def test_what_is_dated_after_the_clock_was_set_back_saw_no_leap_of_before() -> None:
    here = Machine()
    clock = here.clock()
    here.look(clock, 1000 * SECOND)
    here.look(clock, 1100 * SECOND)
    here.look(clock, 500 * SECOND)
    here.seconds += 50
    here.look(clock, 550 * SECOND)
    here.seconds += 50
    here.look(clock, 1500 * SECOND)
    age = clock.age(550 * SECOND)
    assert age is not None
    assert age <= 50 * SECOND


def test_many_leaps_are_remembered_as_fewer() -> None:
    here = Machine()
    clock = here.clock()
    here.look(clock, 0)
    for number in range(1, 3 * LEAPS):
        here.look(clock, number * 10 * SECOND)
    assert clock.age(0) == 0
    assert clock.age((3 * LEAPS - 1) * 10 * SECOND) == 0
    assert here.clock().recall(clock.note().encode())


def test_a_leap_is_forgotten_when_all_is_due_that_came_before() -> None:
    here = Machine()
    clock = here.clock(settled=60)
    here.look(clock, 50 * SECOND)
    here.look(clock, 950 * SECOND)
    assert clock.note().count("-") == 1
    here.seconds += 60
    here.look(clock, 1010 * SECOND)
    assert clock.note().count("-") == 0


def after(here: Machine, note: str, seconds: float, now: int) -> tuple[FeedClock, int]:
    """Let the next delayer begin so much later; return its clock, and the leap that it finds."""
    here.seconds += seconds
    clock = here.clock()
    assert clock.recall(note.encode())
    return clock, here.look(clock, now)


def noted(here: Machine) -> str:
    """Return what a delayer notes at 1000 s by Redis's clock."""
    clock = here.clock()
    here.look(clock, 1000 * SECOND)
    return clock.note()


def test_a_clock_set_forward_while_no_delayer_runs_makes_nothing_older() -> None:
    here = Machine()
    clock, leap = after(here, noted(here), 30, 1930 * SECOND)
    assert leap == 900 * SECOND
    # It waited for 10 s, then for the 30 s in which no delayer ran.
    assert clock.age(990 * SECOND) == 40 * SECOND
    # It may have come before the clock was set, or since.
    assert clock.age(1929 * SECOND) == 0
    assert clock.age(1931 * SECOND) == -1 * SECOND


def test_without_a_leap_the_next_delayer_goes_on_as_if_it_had_been_there() -> None:
    here = Machine()
    clock, leap = after(here, noted(here), 30, 1030 * SECOND + LEAP)
    assert leap == 0
    assert clock.age(990 * SECOND) == 40 * SECOND + LEAP
    assert clock.noted == 1000 * SECOND


def test_a_leap_that_a_delayer_saw_counts_for_the_next_one_too() -> None:
    here = Machine()
    first = here.clock()
    here.look(first, 1000 * SECOND)
    here.look(first, 1900 * SECOND)
    clock, leap = after(here, first.note(), 5, 1905 * SECOND)
    assert leap == 0
    assert clock.age(1000 * SECOND) == 5 * SECOND


def test_a_machine_whose_own_clock_was_set_too_notices_by_the_time_since_it_started() -> None:
    here = Machine()
    note = noted(here)
    here.wrong += 900 * SECOND
    clock, leap = after(here, note, 30, 1930 * SECOND)
    assert leap == 900 * SECOND
    assert clock.age(990 * SECOND) == 40 * SECOND


@pytest.mark.parametrize("boot", ["b2", UNKNOWN])
@pytest.mark.parametrize("wrong", [-5, 0, 5])
def test_another_machine_goes_by_its_wall_clock(boot: str, wrong: int) -> None:
    here = Machine(UNKNOWN if boot == UNKNOWN else "a1")
    note = noted(here)
    there = Machine(boot, wrong * SECOND)
    there.seconds = 130
    clock, leap = after(there, note, 0, 1930 * SECOND)
    assert leap == (900 - wrong) * SECOND
    # How long no delayer ran it cannot know, so that counts for nothing.
    assert clock.age(990 * SECOND) == 10 * SECOND


def test_another_machine_whose_clock_is_behind_makes_prices_late() -> None:
    there = Machine("b2", -5 * SECOND)
    there.seconds = 130
    clock, leap = after(there, noted(Machine()), 0, 1030 * SECOND)
    assert leap == 5 * SECOND
    assert clock.age(990 * SECOND) == 10 * SECOND


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"rubbish",
        b"1 2 a 3 4",
        b"1 2 a 3 20-10",
        b"1 2 a 3 10-10",
        b"-1 2 a 3",
        b"1 2 a " + b"9" * 17,
        b"1 2 a 3" + b" 1-2" * (LEAPS + 1),
        "1 2 a ٣".encode(),
    ],
)
def test_without_a_note_all_that_waits_counts_from_the_first_look(note: bytes) -> None:
    here = Machine()
    clock = here.clock()
    assert not clock.recall(note)
    assert here.look(clock, 1000 * SECOND) == 0
    assert clock.noted == 0
    assert clock.age(5) == 0
    here.seconds += 7
    assert (clock.age(5), clock.age(1001 * SECOND)) == (7 * SECOND, 6 * SECOND)
    following, _ = after(here, clock.note(), 3, 1010 * SECOND)
    assert following.age(5) == 10 * SECOND


times = st.integers(0, 10**16 - 1)
pairs = st.lists(st.tuples(times, times).map(lambda pair: f" {pair[0]}-{pair[1]}"), max_size=5)


@given(times, times, st.sampled_from(["a1", "b2", "-"]), times, pairs, times, times)
def test_whatever_a_note_says_nothing_is_older_than_its_date(
    redis: int, wall: int, boot: str, up: int, leaps: list[str], now: int, at: int
) -> None:
    here = Machine()
    clock = here.clock()
    clock.recall(f"{redis} {wall} {boot} {up}{''.join(leaps)}".encode())
    here.look(clock, now)
    age = clock.age(at)
    assert age is not None
    assert age <= now - at
    following = here.clock()
    assert following.recall(clock.note().encode())


def test_this_machine_has_clocks_that_do_not_go_back() -> None:
    first, second = read_host(), read_host()
    assert first.boot == second.boot
    assert first.up <= second.up
    assert len(first.boot) <= 36
