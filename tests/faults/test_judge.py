"""The judge finds every kind of violation in made-up events, and none where there is none."""

from dataclasses import replace

import pytest

from tests.faults.made_up import CONFLATED, EVERY, Client, feed, kinds, tick, verdict
from tests.faults.referee.trace import (
    CLOSED,
    ENDED,
    SECOND,
    Plan,
)
from tests.faults.referee.verdict import Facts


def test_a_client_that_has_every_tick_once_and_in_order_is_without_fault() -> None:
    found = verdict(Client().begin(1).ticks(2, 3, 4), feed(1, 2, 3, 4))
    assert found.faults == []
    assert (found.accepted, found.delivered, found.covered, found.lost) == (4, 3, 0, 0)


def test_lost_ticks_are_found_and_counted() -> None:
    found = verdict(Client().begin(1).ticks(2, 5), feed(1, 2, 3, 4, 5))
    assert (dict(found.kinds()), found.lost) == ({"lost": 1}, 2)


def test_ticks_that_a_snapshot_skips_without_a_gap_are_lost() -> None:
    found = verdict(Client().begin(1).ticks(2).snapshot(5), feed(1, 2, 3, 4, 5))
    assert (dict(found.kinds()), found.lost) == ({"lost": 1}, 3 - 1)


def test_a_repeat_is_found() -> None:
    found = verdict(Client().begin(1).ticks(2, 3, 3), feed(1, 2, 3))
    assert (dict(found.kinds()), found.repeated) == ({"repeat": 1}, 1)


def test_an_older_tick_that_came_before_is_found() -> None:
    assert kinds(Client().begin(1).ticks(2, 3).add("tick", tick(2)), feed(1, 2, 3)) == {"back": 1}


def test_a_reorder_is_told_from_a_loss() -> None:
    client = Client().begin(1).ticks(2).add("tick", tick(4)).add("tick", tick(3))
    found = verdict(client, feed(1, 2, 3, 4))
    assert (dict(found.kinds()), found.lost) == ({"lost": 1, "reorder": 1}, 0)


def test_arrays_of_ticks_are_judged_as_ticks() -> None:
    client = Client(replace(EVERY, array=True)).begin(1).add("ticks", [tick(2), tick(4), tick(4)])
    assert kinds(client, feed(1, 2, 3, 4)) == {"lost": 1, "repeat": 1}


@pytest.mark.parametrize("reason", ["slow", "retention", "feed"])
def test_what_a_gap_covers_is_not_lost(reason: str) -> None:
    found = verdict(
        Client().begin(1).ticks(2).add("gap", {"reason": reason}).snapshot(5), feed(1, 2, 3, 4, 5)
    )
    assert (found.faults, found.covered, dict(found.gaps)) == ([], 2, {reason: 1})


def test_a_gap_covers_its_snapshot_and_nothing_behind_that() -> None:
    client = Client().begin(1).add("gap", {"reason": "slow"}).snapshot(3).ticks(4, 6)
    found = verdict(client, feed(1, 2, 3, 4, 5, 6))
    assert (dict(found.kinds()), found.covered, found.lost) == ({"lost": 1}, 1, 1)


@pytest.mark.parametrize(
    ("plan", "data", "facts"),
    [
        (EVERY, {"reason": "weather"}, Facts()),
        (EVERY, {"reason": "feed"}, Facts(gaps=frozenset({"slow"}))),
        (CONFLATED, {"reason": "slow"}, Facts()),
    ],
)
def test_a_wrong_gap_is_found(plan: Plan, data: dict[str, str], facts: Facts) -> None:
    client = Client(plan).begin(1).add("gap", data).snapshot(2)
    assert kinds(client, feed(1, 2), facts) == {"wrong gap": 1}


def test_a_gap_without_a_snapshot_is_found() -> None:
    client = Client().begin(1).add("gap", {"reason": "slow"}).ticks(2)
    assert kinds(client, feed(1, 2)) == {"wrong gap": 1}


def test_a_client_that_reads_at_once_may_be_slow_only_where_a_fault_allows_it() -> None:
    facts = Facts(gaps=frozenset())
    for pace, found in (("fast", {"wrong gap": 1}), ("stopped", {})):
        client = Client(replace(EVERY, pace=pace)).begin(1).add("gap", {"reason": "slow"}).snapshot(2)
        assert kinds(client, feed(1, 2), facts) == found


def test_a_step_back_in_a_conflated_stream_is_found() -> None:
    client = Client(CONFLATED).begin(1).ticks(5).add("tick", tick(4)).ticks(6)
    assert kinds(client, feed(*range(1, 7))) == {"back": 1}


def test_a_step_back_in_a_snapshot_is_found_even_behind_a_reset() -> None:
    client = Client(CONFLATED).begin(1).ticks(5)
    client.open("own", client.here).hello("reset").snapshot(3).ticks(6)
    assert kinds(client, feed(*range(1, 7))) == {"back": 1}


def test_a_conflated_stream_may_leave_out_and_repeats_nothing_unless_it_was_cut_in_a_frame() -> None:
    client = Client(CONFLATED).begin(1).ticks(4)
    assert kinds(client.ticks(6), feed(*range(1, 7))) == {}
    client.open("own", client.here).hello("live").add("tick", tick(6)).add("tick", tick(6))
    assert kinds(client, feed(*range(1, 7))) == {"repeat": 1}


def test_a_conflated_stream_that_is_updated_too_often_is_found() -> None:
    at_its_pace = Client(CONFLATED).begin(1).ticks(*range(4, 40, 3))
    assert kinds(at_its_pace, feed(*range(1, 38))) == {}
    too_often = Client(CONFLATED).begin(1).ticks(*range(2, 10))
    assert kinds(too_often, feed(*range(1, 10))).keys() == {"too often"}
    held_back = Client(CONFLATED).begin(1)
    held_back.at += 10 * SECOND
    assert "too often" not in kinds(held_back.ticks(*range(4, 40, 3)), feed(*range(1, 38)))


@pytest.mark.parametrize("plan", [EVERY, CONFLATED])
def test_a_client_that_does_not_end_on_the_newest_tick_is_found(plan: Plan) -> None:
    client = Client(plan).begin(1).ticks(2)
    assert kinds(client, feed(1, 2, 3)) == {"not on the newest": 1}
    assert kinds(client, feed(1, 2, 3), Facts(complete=False)) == {}


def test_a_symbol_of_which_nothing_came_is_found() -> None:
    client = Client(replace(EVERY, symbols=("A", "B"))).begin(1)
    assert kinds(client, feed(1) + feed(1, symbol="B")) == {"not on the newest": 1}


def test_coming_back_exactly_is_without_fault_and_a_hole_there_is_found() -> None:
    client = Client().begin(1).ticks(2)
    client.open("own", client.here).hello("replayed").ticks(3, 4)
    assert kinds(client, feed(1, 2, 3, 4)) == {}
    client.open("own", client.here).hello("live").ticks(6)
    assert kinds(client, feed(*range(1, 7))) == {"lost": 1}


def test_a_reset_covers_what_its_snapshot_skips() -> None:
    client = Client().begin(1).ticks(2)
    client.open("own", client.here).hello("reset").snapshot(5)
    found = verdict(client, feed(*range(1, 6)))
    assert (found.faults, found.covered) == ([], 2)


def test_a_client_that_comes_with_an_old_cursor_stands_where_it_stood_then() -> None:
    client = Client().begin(1).ticks(2)
    mark = client.here
    client.ticks(3, 4)
    client.open("old", mark).hello("replayed")
    for q in (3, 4, 5):
        client.add("tick", tick(q))
    assert kinds(client, feed(*range(1, 6))) == {}
    client.open("old", mark).hello("live").add("tick", tick(5))
    assert kinds(client, feed(*range(1, 6))) == {"lost": 1}


@pytest.mark.parametrize(("resumed", "found"), [("reset", {}), ("live", {"forged cursor believed": 1})])
def test_a_forged_cursor_is_answered_by_a_reset(resumed: str, found: dict[str, int]) -> None:
    assert kinds(Client().open("forged").hello(resumed).snapshot(3), feed(1, 2, 3)) == found


LOST_DATA = feed(1, 2, 3) + feed(1, 2, epoch="two", shift=SECOND)
"""Redis was emptied, and its publisher was started again: q begins at 1."""


def test_a_q_that_begins_again_behind_a_gap_is_right() -> None:
    client = Client().begin(1).ticks(2, 3).add("gap", {"reason": "feed"}).snapshot(1, shift=SECOND)
    assert kinds(client.ticks(2, shift=SECOND), LOST_DATA) == {}


def test_a_q_that_begins_again_without_a_gap_is_found() -> None:
    client = Client().begin(1).ticks(2, 3).ticks(1, 2, shift=SECOND)
    assert kinds(client, LOST_DATA) == {"untold restart": 1}
    conflated = Client(CONFLATED).begin(1).ticks(3).ticks(2, shift=SECOND)
    assert kinds(conflated, LOST_DATA) == {"untold restart": 1}


REPEATED = feed(1, 2, 3, 4) + feed(3, 4, 5, epoch="two")
"""Redis was emptied before it could answer the batch of 3 and 4; its publisher goes on from 2."""


def test_ticks_of_a_batch_that_was_repeated_in_a_new_epoch_may_come_twice_or_once() -> None:
    told = Client().begin(1).ticks(2, 3, 4).add("gap", {"reason": "feed"}).snapshot(2)
    for q in (3, 4, 5):
        told.add("tick", tick(q))
    assert kinds(told, REPEATED) == {}
    assert kinds(Client().begin(1).ticks(2, 3, 4, 5), REPEATED) == {}
    assert kinds(Client().begin(1).ticks(2).add("gap", {"reason": "feed"}).ticks(3), REPEATED) != {}
    assert kinds(Client().begin(2).ticks(3, 4, 5), REPEATED) == {}
    lost = verdict(Client().begin(1).ticks(2, 3, 5), REPEATED)
    assert (dict(lost.kinds()), lost.lost) == ({"lost": 1}, 2)


def test_a_repeated_batch_without_a_gap_is_found() -> None:
    client = Client().begin(1).ticks(2, 3, 4)
    for q in (3, 4, 5):
        client.add("tick", tick(q))
    assert kinds(client, REPEATED).keys() == {"untold restart"}


def test_a_tick_of_the_old_epoch_behind_one_of_the_new_is_a_step_back() -> None:
    client = Client().begin(1).ticks(2, 3).add("gap", {"reason": "feed"}).snapshot(1, shift=SECOND)
    client.add("gap", {"reason": "feed"}).snapshot(3).ticks(2, shift=SECOND)
    assert kinds(client, LOST_DATA)["back"] == 1


def test_the_epoch_of_the_events_begins_an_era_where_there_is_one() -> None:
    client = Client().begin(1, epoch="0a").ticks(2, 3).add("gap", {"reason": "feed", "epoch": "0b"})
    assert kinds(client.snapshot(1, shift=SECOND).ticks(2, shift=SECOND), LOST_DATA) == {}


def test_a_tick_that_redis_never_accepted_is_found() -> None:
    assert kinds(Client().begin(1).ticks(2).add("tick", tick(3)), feed(1, 2)) == {"never accepted": 1}
    altered = tick(2)._replace(price="1.00")
    assert kinds(Client().begin(1).add("tick", altered).ticks(2), feed(1, 2)) == {"never accepted": 1}


def test_a_tick_that_nobody_asked_for_is_found() -> None:
    client = Client().begin(1).add("tick", tick(1, "B"))
    assert kinds(client, feed(1) + feed(1, symbol="B")) == {"unasked": 1}


def test_a_changed_list_counts_from_its_event() -> None:
    accepted = feed(1, 2, 3) + feed(1, 2, 3, symbol="B")
    client = Client().begin(1).add("symbols", {"added": ["B"], "dropped": ["A"]})
    client.add("snapshot", [tick(2, "B")]).add("tick", tick(3, "B"))
    assert kinds(client, accepted) == {}
    assert kinds(client.add("tick", tick(2)), accepted) == {"unasked": 1}


def test_an_added_symbol_without_a_snapshot_is_found() -> None:
    client = Client().begin(1).add("symbols", {"added": ["B"], "dropped": []}).add("tick", tick(1, "B"))
    assert kinds(client, feed(1) + feed(1, symbol="B")) == {"wrong gap": 1}


def test_malformed_bytes_and_broken_streams_are_found() -> None:
    facts = Facts(broken=False)
    client = Client().begin(1).add("malformed", "no size of a chunk").add(CLOSED, "cut")
    assert kinds(client, feed(1), facts) == {"malformed": 1, "broken stream": 1}
    assert kinds(Client().begin(1).add(CLOSED, ENDED), feed(1), facts) == {}


@pytest.mark.parametrize(("cursor", "resumed"), [("none", "live"), ("own", "new")])
def test_new_means_that_the_client_had_no_cursor(cursor: str, resumed: str) -> None:
    assert kinds(Client().open(cursor).hello(resumed).snapshot(3), feed(1, 2, 3)) == {"malformed": 1}
