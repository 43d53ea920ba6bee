"""From events to ticks: which trades and quotes count."""

from typing import Any

import pytest

from tickcast.publisher.sources.exchanges.events import Event, Last, Quote, Trade
from tickcast.publisher.sources.exchanges.merging import RENUMBERED, Merger, newest_old
from tickcast.publisher.sources.times import Times
from tickcast.wire.tick import Tick, TickError

NOW = 1_700_000_000_000_000
TRADE = Trade("B", 7, NOW, "10.50", "2")
QUOTE = Quote("B", 3, NOW, "10.4", "1", "10.6", "1")


def merger(last: Tick | None = None) -> Merger:
    return Merger("B-USD", Times(), last)


def ticks(merger: Merger, *events: Event) -> list[Tick | None]:
    return [merger.tick(event, NOW + 5) for event in events]


def test_a_quote_waits_for_a_price() -> None:
    first, second = ticks(merger(), QUOTE, TRADE)
    assert first is None
    assert second == Tick("B-USD", NOW, "10.50", "2")


def test_the_last_price_that_is_named_counts_until_there_is_a_trade() -> None:
    one = merger()
    assert ticks(one, Last("B", NOW, "10.1")) == [Tick("B-USD", NOW, "10.1")]
    assert ticks(one, TRADE, Last("B", NOW, "10.1")) == [Tick("B-USD", NOW, "10.50", "2"), None]
    tick = merger().tick(QUOTE._replace(last="10.2", time=None), NOW + 5)
    assert tick == Tick("B-USD", NOW + 5, "10.2", None, "10.4", "1", "10.6", "1")


def test_a_trade_counts_once_and_never_after_a_later_one() -> None:
    one = merger()
    found = ticks(one, TRADE, TRADE, TRADE._replace(number=9), TRADE._replace(number=8))
    assert [tick is not None for tick in found] == [True, False, True, False]
    assert one.lost == 1


def test_numbers_that_begin_again_are_taken_when_the_times_say_so() -> None:
    one = merger()
    again = TRADE._replace(number=1, time=NOW + RENUMBERED)
    found = ticks(one, TRADE, again, again._replace(time=NOW + RENUMBERED + 1))
    assert [tick is not None for tick in found] == [True, False, True]


def test_trades_of_a_first_snapshot_give_a_price_and_no_volume() -> None:
    old = [TRADE._replace(number=n, price=f"{n}", old=True) for n in (5, 6, 4)]
    one = merger()
    (event,) = newest_old(old, {"B": one})
    assert one.tick(event, NOW) == Tick("B-USD", NOW, "6")
    # After that, those of a snapshot are the ones that were missed.
    assert newest_old(old, {"B": one}) == old
    assert ticks(one, *(each._replace(number=each.number + 2) for each in old[:2])) == [
        Tick("B-USD", NOW, "5", "2"),
        Tick("B-USD", NOW, "6", "2"),
    ]


def test_after_a_restart_a_trade_that_redis_has_is_not_told_again() -> None:
    known = Tick("B-USD", NOW + 9, "10.50", "2", "1", "1", "2", "1")
    one = merger(known)
    assert ticks(one, TRADE._replace(old=True)) == [None]
    assert ticks(one, TRADE._replace(number=8, price="11")) == [known._replace(time=NOW, price="11")]
    two = merger(known)
    assert ticks(two, TRADE._replace(old=True, price="12")) == [known._replace(price="12", size=None)]


def test_a_quote_that_is_older_or_says_nothing_new_is_left_out() -> None:
    one = merger()
    newer = QUOTE._replace(order=4, bid="10.45")
    found = ticks(one, TRADE, QUOTE, newer, QUOTE, newer._replace(order=5))
    assert [tick is not None for tick in found] == [True, True, True, False, False]
    one.connected()
    assert ticks(one, QUOTE) != [None]


def test_a_side_of_nothing_is_left_out() -> None:
    one = merger()
    _, tick = ticks(one, TRADE, QUOTE._replace(bid="0.00000000", bid_size="0.0", ask_size="0"))
    assert tick is None  # as before: no quote
    _, tick = ticks(one, QUOTE._replace(order=4), QUOTE._replace(order=5, bid="0.000"))
    assert tick is not None
    assert (tick.bid, tick.bid_size, tick.ask) == (None, None, "10.6")


@pytest.mark.parametrize(
    "changed",
    [
        {"price": "0"}, {"price": "-1"}, {"price": "NaN"}, {"price": "1e400"}, {"price": "9" * 40},
        {"price": ""}, {"size": "0"}, {"size": "-1"}, {"size": "Infinity"}, {"time": 5}, {"time": 10**18},
    ],
)  # fmt: skip
def test_a_trade_that_cannot_be_true_changes_nothing(changed: dict[str, Any]) -> None:
    one = merger()
    with pytest.raises(TickError):
        one.tick(TRADE._replace(**changed), NOW)
    assert one.number is None
    assert ticks(one, TRADE) == [Tick("B-USD", NOW, "10.50", "2")]


@pytest.mark.parametrize(
    "changed", [{"bid": "-1"}, {"ask": "x"}, {"bid_size": "NaN"}, {"time": 5}, {"ask": ""}]
)
def test_a_quote_that_cannot_be_true_changes_nothing(changed: dict[str, Any]) -> None:
    one = merger()
    one.tick(TRADE, NOW)
    with pytest.raises(TickError):
        one.tick(QUOTE._replace(order=99, **changed), NOW)
    assert ticks(one, QUOTE) != [None]
