"""The judge on ticks of several epochs: which order holds, and what a gap covers."""

import pytest

from tests.faults.made_up import CONFLATED, EVERY, START, STEP, Client, feed, kinds, verdict
from tests.faults.referee.ledger import Accepted, Ledger
from tests.faults.referee.trace import Plan

HOUR = 3_600_000_000


def two_histories() -> list[Accepted]:
    """An epoch that ends with q 4, and another one that went on from its q 2, a moment later."""
    one, two = feed(1, 2, 3, 4), feed(3, 4, 5, epoch="two", shift=7)
    restored = one[1]._replace(at=two[0].at, epoch="two", restored=True)
    return [*one, restored, *two]


@pytest.mark.parametrize("plan", [EVERY, CONFLATED])
def test_q_may_begin_elsewhere_in_another_epoch_that_was_sent(plan: Plan) -> None:
    accepted = [*feed(5, 6), *feed(1, 2, epoch="two", shift=HOUR)]
    client = Client(plan).hello(epoch="one").snapshot(5).ticks(6)
    client.add("gap", {"reason": "feed", "epoch": "two"}).snapshot(1, shift=HOUR).ticks(2, shift=HOUR)
    assert kinds(client, accepted) == {}


@pytest.mark.parametrize("plan", [EVERY, CONFLATED])
def test_a_gap_is_no_excuse_for_q_that_goes_back_within_an_epoch(plan: Plan) -> None:
    accepted = [*feed(5, 6), *feed(1, 2, epoch="two", shift=HOUR)]
    client = Client(plan).hello(epoch="one").snapshot(5).ticks(6)
    client.add("gap", {"reason": "feed", "epoch": "one"}).snapshot(1, shift=HOUR).ticks(2, shift=HOUR)
    assert kinds(client, accepted) == {"untold restart": 1}


def test_a_gap_covers_the_ticks_of_a_history_that_was_left() -> None:
    client = Client().hello(epoch="one").snapshot(1).ticks(2)
    client.add("gap", {"reason": "feed", "epoch": "two"}, at=START + 5 * STEP).snapshot(2)
    client.ticks(3, 4, 5, shift=7)
    found = verdict(client, two_histories())
    assert (found.faults, found.covered) == ([], 2)


def test_without_a_gap_the_ticks_of_a_history_that_was_left_are_lost() -> None:
    client = Client().hello(epoch="one").snapshot(1).ticks(2).ticks(3, 4, 5, shift=7)
    found = verdict(client, two_histories())
    assert (dict(found.kinds()), found.lost) == ({"lost": 1}, 2)


def test_a_gap_does_not_cover_what_its_own_epoch_took_before_the_snapshot() -> None:
    client = Client().hello(epoch="one").snapshot(1)
    client.add("gap", {"reason": "feed", "epoch": "one"}, at=START + 4 * STEP).snapshot(1).ticks(4)
    found = verdict(client, feed(1, 2, 3, 4))
    assert (dict(found.kinds()), found.lost) == ({"lost": 1}, 2)


@pytest.mark.parametrize(("epoch", "lost"), [("two", 0), ("one", 2)])
def test_what_another_epoch_no_longer_has_is_told_by_its_gap(epoch: str, lost: int) -> None:
    client = Client().hello(epoch="one").snapshot(5)
    client.add("gap", {"reason": "feed", "epoch": epoch}, at=START + 8 * STEP).snapshot()
    client.ticks(1, shift=HOUR)
    accepted = [*feed(5, 6, 7), *feed(1, epoch="two", shift=HOUR)]
    assert verdict(client, accepted).lost == lost


def test_the_gap_does_not_cover_what_the_epoch_before_took_later() -> None:
    client = Client().hello(epoch="one").snapshot(5)
    client.add("gap", {"reason": "feed", "epoch": "two"}, at=START + 6 * STEP).snapshot()
    client.ticks(1, shift=HOUR)
    assert verdict(client, [*feed(5, 6, 7), *feed(1, epoch="two", shift=HOUR)]).lost == 2


def test_a_tick_that_a_history_took_later_is_looked_for_where_it_was_then() -> None:
    # The old server thaws, and takes a batch that the new one has had since: the client is with the new one.
    late = [each._replace(at=START + 90 * STEP) for each in feed(3, 4)]
    two = feed(3, 4, 5, epoch="two")
    restored = feed(2)[0]._replace(at=two[0].at, epoch="two", restored=True)
    client = Client().hello(epoch="one").snapshot(1).ticks(2)
    client.add("gap", {"reason": "feed", "epoch": "two"}, at=START + 5 * STEP).snapshot(4).ticks(5)
    found = verdict(client, [*feed(1, 2), *late, restored, *two])
    assert (found.faults, found.lost) == ([], 0)


@pytest.mark.parametrize(("told", "lost"), [(5, 0), (3, 2)])
def test_a_gap_into_an_epoch_covers_what_the_server_before_takes_still(told: int, lost: int) -> None:
    # It takes q 3 and 4 when the new epoch has begun, at the fourth step; an earlier gap is of another one.
    late = [each._replace(at=START + 90 * STEP) for each in feed(3, 4)]
    two = [each._replace(at=START + 4 * STEP) for each in feed(3, 4, epoch="two", shift=7)]
    restored = feed(2)[0]._replace(at=two[0].at, epoch="two", restored=True)
    client = Client().hello(epoch="one").snapshot(1).ticks(2)
    client.add("gap", {"reason": "feed", "epoch": "feed two"}, at=START + told * STEP).snapshot(2)
    found = verdict(client.ticks(3, 4, shift=7), [*feed(1, 2), *late, restored, *two])
    assert found.lost == lost


def test_an_epoch_begins_when_its_first_message_was_sent_however_late_the_referee_hears_of_it() -> None:
    found = Ledger()
    for epoch, sent, heard in (("a", 100, 3_000_100), ("a", 200, 300), ("b", 0, 60_000_000), ("c", 9, 5)):
        found.add(0, f"1 {epoch} 1-0 1-0 {sent} 0 0 0\n".encode(), heard)
    # A time that is too far off, or in the future, is that of a wrong clock.
    assert found.began == {"a": 100, "b": 60_000_000, "c": 5}
