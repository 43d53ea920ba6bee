"""The samples that look closer: what a number alone would not show."""

import time
from multiprocessing import Pipe

import pytest

from tests.bench.test_client import HEAD, HELLO, START, tick
from tickcast.bench.checker import (
    Checker,
    NewestClient,
    ResumingChecker,
    SummingClient,
    Times,
)
from tickcast.bench.client import EVERY_TICK, NEWEST_TICKS, Client
from tickcast.bench.load_process import SUMMING_PER_CHECKER, LoadOptions, LoadProcess

RESUMED = HEAD + HELLO % b"replayed"


@pytest.mark.parametrize(("second", "says"), [(8, "q 8 after 6"), (6, "q 6 after 6"), (5, "q 5 after 6")])
def test_a_checker_notices_what_is_not_the_next_tick(second: int, says: str) -> None:
    checker = Checker(EVERY_TICK, Times())
    checker.take(START + tick("A", 6) + tick("A", second))
    assert checker.faults == [f"A: {says}"]


def test_a_checker_of_newest_ticks_allows_holes_but_no_way_back() -> None:
    checker = Checker(NEWEST_TICKS, Times())
    checker.take(START + tick("A", 9))
    assert not checker.faults
    checker.take(tick("A", 8))
    assert checker.faults


def test_a_checker_notes_how_old_ticks_are_and_how_long_it_had_none() -> None:
    times = Times()
    checker = Checker(EVERY_TICK, times)
    began = time.monotonic_ns()
    checker.take(START + tick("A", 6, time.time_ns() // 1000 - 5_000_000))
    assert times.ages.total == 1
    assert times.ages.percentile(50) > 4_900_000
    assert not times.between.total
    time.sleep(0.01)
    checker.take(tick("A", 7))
    assert 9_000 < times.between.percentile(50) < (time.monotonic_ns() - began) / 1000


def test_a_loss_that_a_repeat_makes_up_for_shows_in_the_sum() -> None:
    summing, counting = SummingClient(EVERY_TICK), Client(EVERY_TICK)
    for client in (summing, counting):
        client.take(START + tick("A", 6) + tick("A", 6) + tick("A", 8))
    newest = {b"A": 8, b"B": 7}
    assert not counting.wrong(newest)
    assert summing.wrong(newest) == "its q add up to 20, not 21"


def test_a_sum_is_right_when_all_came() -> None:
    summing = SummingClient(EVERY_TICK)
    summing.take(START + tick("A", 6) + tick("B", 8) + tick("A", 7))
    assert not summing.wrong({b"A": 7, b"B": 8})
    assert summing.wrong({b"A": 8, b"B": 8}) == "got 3 ticks, owed 4"


def test_a_newest_client_must_end_at_the_newest_of_each_symbol() -> None:
    following = NewestClient(NEWEST_TICKS)
    following.take(START + tick("A", 9))
    assert not following.wrong({b"A": 9, b"B": 7})
    assert following.wrong({b"A": 10, b"B": 8}) == "is not at the newest in 2 symbols"
    assert following.behind({b"A": 8, b"B": 7}) == 0
    assert following.behind({b"A": 10, b"B": 7}) == 1


def test_what_came_again_or_not_at_all_after_a_return_is_noticed() -> None:
    for second, noticed in ((tick("A", 8), False), (tick("A", 7), True), (tick("A", 9), True)):
        checker = ResumingChecker(EVERY_TICK, Times())
        checker.take(START + tick("A", 6) + tick("A", 7))
        checker.cut()
        checker.take(RESUMED + second)
        assert checker.cursor == b"c7"
        assert bool(checker.faults) is noticed


def test_a_load_has_checkers_and_sums_and_every_resuming_client_checks() -> None:
    mine, theirs = Pipe()
    options = LoadOptions(1, [b"/"] * 20, EVERY_TICK, 10)
    clients = LoadProcess(theirs, options)._clients
    assert [type(client) for client in clients[:2]] == [Checker, SummingClient]
    assert sum(isinstance(client, Checker) for client in clients) == 2
    assert sum(isinstance(client, SummingClient) for client in clients) == 2 * SUMMING_PER_CHECKER
    resuming = LoadProcess(theirs, options._replace(resuming=True))._clients
    assert {type(client) for client in resuming} == {ResumingChecker}
    mine.close()
    theirs.close()
