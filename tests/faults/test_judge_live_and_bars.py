"""The judge finds what is believed live, late or a wrong bar, in event lists that are made up."""

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.made_up import BARS, CONFLATED, EVERY, START, Client, feed, kinds, tick, verdict
from tests.faults.referee.judge import judge
from tests.faults.referee.ledger import Accepted, Ledger
from tests.faults.referee.trace import (
    PAUSED,
    RESUMED,
    SECOND,
    Bar,
    Plan,
)
from tests.faults.referee.verdict import Facts


def heartbeats(client: Client, first: int, last: int, feed: str = "live") -> Client:
    """Add one a second, from a second of the run to another."""
    for second in range(first, last + 1):
        client.add("heartbeat", {"feed": feed}, START + second * SECOND)
    return client


def test_being_believed_live_while_ticks_do_not_come_is_found() -> None:
    client = heartbeats(Client().begin(1), 1, 10).ticks(2, late=10 * SECOND)
    found = verdict(client, feed(1, 2), Facts(age=60 * SECOND))
    assert dict(found.kinds()) == {"believed live": 1}
    assert 9.5 * SECOND < found.stale < 10.5 * SECOND


def test_a_client_that_was_sent_stale_or_hears_nothing_is_not_wrong() -> None:
    client = heartbeats(Client().begin(1), 1, 3)
    client.add("status", {"feed": "stale"})
    heartbeats(client, 4, 10, "stale").ticks(2, late=10 * SECOND)
    assert kinds(client, feed(1, 2)) == {}
    silent = Client().begin(1).ticks(2, late=10 * SECOND)
    assert kinds(silent, feed(1, 2)) == {}


def test_a_snapshot_of_old_prices_that_is_called_live_is_found() -> None:
    client = Client()
    client.at = START + 10 * SECOND
    heartbeats(client.begin(1), 11, 16).ticks(2, late=17 * SECOND)
    assert kinds(client, feed(1, 2), Facts(age=60 * SECOND)) == {"believed live": 1}


def test_a_feed_without_a_sign_of_life_that_is_called_live_is_found() -> None:
    client = heartbeats(Client().begin(1), 1, 20)
    found = judge([client.trace], Ledger.of(feed(1), [START, START + SECOND]))
    assert dict(found.kinds()) == {"believed live": 1}


def test_late_ticks_are_found_by_encoding() -> None:
    plan = replace(EVERY, encoding="gzip")
    client = heartbeats(Client(plan).begin(1), 1, 3).ticks(2, late=3 * SECOND)
    found = verdict(client, feed(1, 2), Facts(age=SECOND))
    assert dict(found.kinds()) == {"late": 1}
    assert found.ages["gzip"].most == 3 * SECOND


def test_the_interval_and_what_held_the_referee_up_make_nothing_late() -> None:
    client = heartbeats(Client(CONFLATED).begin(1), 1, 1).ticks(2, late=SECOND)
    accepted = feed(1, 2)
    assert kinds(client, accepted, Facts(age=SECOND // 2)) == {"late": 1}
    assert kinds(client, accepted, Facts(age=SECOND // 2, stall=SECOND)) == {}
    assert kinds(client, accepted, Facts(age=SECOND)) == {}


def test_a_client_that_does_not_read_is_not_judged_for_that_time() -> None:
    client = heartbeats(Client(replace(EVERY, pace="stopped")).begin(1), 1, 2).add(PAUSED)
    client.add(RESUMED, at=START + 12 * SECOND).ticks(2, late=12 * SECOND)
    assert kinds(client, feed(1, 2)) == {}


def bar(first: int, last: int, **other: Any) -> Bar:
    """Return the bar that the ticks from `first` to `last` make."""
    prices = [float(tick(q).price) for q in range(first, last + 1)]
    low, high = f"{min(prices):.2f}", f"{max(prices):.2f}"
    ends = [f"{price:.2f}" for price in (prices[0], prices[-1])]
    count = last - first + 1
    made = Bar(
        "A", "1s", START + first // 10 * SECOND, ends[0], high, low, ends[1], str(2 * count), count, last
    )
    return made._replace(**other)


def test_bars_that_add_up_are_without_fault() -> None:
    client = Client(BARS).begin(1).ticks(2, 3).add("bar", bar(1, 3)).ticks(*range(4, 13))
    client.add("bar", bar(1, 9)).add("bar", bar(10, 12))
    found = verdict(client, feed(*range(1, 13)))
    assert (found.faults, found.bars) == ([], 3)


@pytest.mark.parametrize(
    "wrong", [{"open": "1"}, {"high": "1"}, {"low": "1"}, {"close": "1"}, {"volume": "1"}]
)
def test_a_bar_that_does_not_add_up_is_found(wrong: dict[str, str]) -> None:
    client = Client(BARS).begin(1).ticks(2, 3).add("bar", bar(1, 3, **wrong))
    assert kinds(client, feed(1, 2, 3)) == {"bar does not add up": 1}


def test_a_bar_with_a_wrong_number_of_ticks_is_found() -> None:
    client = Client(BARS).begin(1).ticks(2, 3).add("bar", bar(1, 3, ticks=2))
    assert kinds(client, feed(1, 2, 3)) == {"bar does not add up": 1}


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (bar(1, 4), "bar back"),
        (bar(2, 6, t=START), "bar moved"),
        (bar(7, 9, t=START + SECOND), "bar lost"),
    ],
)
def test_bars_that_do_not_go_on_are_found(second: Bar, kind: str) -> None:
    client = Client(BARS).begin(1).ticks(*range(2, 10)).add("bar", bar(1, 5)).add("bar", second)
    assert kinds(client, feed(*range(1, 10))) == {kind: 1}


@pytest.mark.parametrize(
    ("facts", "epoch", "wrong", "faults"),
    [
        (Facts(holes=True), "two", {}, {}),
        (Facts(holes=True), "two", {"low": "1"}, {"bar does not add up": 1}),
        (Facts(holes=True), "two", {"ticks": 6}, {"bar does not add up": 1}),
        # Nobody was sent a gap.
        (Facts(holes=True), "one", {}, {"bar does not add up": 1}),
        # One fault alone does not take the log and who remembers its ticks.
        (Facts(), "two", {}, {"bar does not add up": 1}),
    ],
)
def test_a_bar_may_lack_ticks_of_a_lost_log_right_before_a_new_epoch_alone(
    facts: Facts, epoch: str, wrong: dict[str, Any], faults: dict[str, int]
) -> None:
    whole = Accepted(tick(1), 3, tick(1).t, "one")
    # An epoch before it, with a count of its own, is none of its ticks.
    accepted = [
        *feed(7, 8, epoch="none", shift=-SECOND // 2),
        whole,
        *feed(*range(2, 7)),
        *feed(7, 8, 9, epoch=epoch),
    ]
    # Of the ticks 1 to 9 it lacks 5 and 6.
    lacking = bar(1, 9, high="104.00", volume=str(3 + 2 * 6), ticks=7)._replace(**wrong)
    client = Client(BARS).begin(1, epoch="one").ticks(*range(2, 7))
    if epoch == "two":
        client.add("gap", {"reason": "feed", "epoch": epoch}).snapshot(6)
    client.ticks(7, 8, 9).add("bar", lacking)
    assert kinds(client, accepted, facts) == faults


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (bar(1, 9, high="104.00", volume="14", ticks=7), "bar moved"),
        (bar(7, 9, t=START + SECOND), "bar lost"),
    ],
)
@pytest.mark.parametrize(
    ("facts", "told", "faults"),
    [(Facts(holes=True), 6, 0), (Facts(holes=True), 5, 1), (Facts(), 6, 1)],
)
def test_a_bar_may_lack_ticks_that_lie_before_the_snapshot_of_a_gap(
    second: Bar, kind: str, facts: Facts, told: int, faults: int
) -> None:
    # Redis has the bars without the newest ticks, and nobody can count those.
    client = Client(BARS).begin(1, epoch="one").ticks(*range(2, 7))
    client.add("gap", {"reason": "feed", "epoch": "two"}).snapshot(told).add("bar", bar(1, 4))
    client.ticks(7, 8, 9).add("bar", second)
    found = kinds(client, [*feed(*range(1, 7)), *feed(7, 8, 9, epoch="two")], facts)
    assert found.get(kind, 0) == faults


def test_a_gap_covers_bars_too() -> None:
    client = Client(BARS).begin(1).ticks(*range(2, 6)).add("bar", bar(1, 5))
    client.add("gap", {"reason": "feed"}).snapshot(15).add("bar", bar(10, 15))
    assert kinds(client, feed(*range(1, 16))) == {}


@pytest.mark.parametrize("plan", [BARS, replace(BARS, interval=250)])
def test_a_bar_ahead_of_its_ticks_is_found(plan: Plan) -> None:
    client = Client(plan).begin(1).ticks(2).add("bar", bar(1, 3)).ticks(3)
    assert kinds(client, feed(1, 2, 3)) == {"bar ahead": 1}


def test_a_ledger_that_lacks_something_does_not_accuse() -> None:
    ledger = Ledger.of(feed(1, 2))
    ledger.holes = 1
    assert judge([Client().begin(1).ticks(2, 3).trace], ledger, Facts(complete=False)).faults == []


@pytest.mark.parametrize(
    ("known", "faults"), [((5,), {}), ((6,), {}), ((1, 2, 3, 4, 5), {"bar does not add up": 1})]
)
def test_a_bar_that_may_be_of_an_epoch_before_the_ledger_is_not_accused(
    known: tuple[int, ...], faults: dict[str, int]
) -> None:
    # A lap of a soak begins with the newest tick of the lap before, and knows none of those before it. A bar
    # that was held up on its way ends before that tick, and the next epoch comes to the same count.
    before = feed(*known)
    client = Client(BARS).hello(epoch="one").snapshot(known[-1])
    client.add("bar", bar(1, 5, open="1"), START + SECOND // 2)
    client.add("gap", {"reason": "feed", "epoch": "two"}).snapshot(1, shift=SECOND)
    client.ticks(*range(2, 6), shift=SECOND)
    accepted = [*before, *feed(*range(1, 6), epoch="two", shift=SECOND)]
    assert kinds(client, accepted) == faults
