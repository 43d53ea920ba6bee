"""Several bars as one."""

import pytest

from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.joined_bars import joined, up_to

MINUTE = INTERVALS["1m"]


def bar(minute: int, prices: str, volume: str | None, ticks: int, q: int, interval: str = "1m") -> Bar:
    open_, high, low, close = prices.split()
    return Bar("A", interval, minute * MINUTE, open_, high, low, close, volume, ticks, q)


MINUTES = (
    bar(1, "5.0 7 5.0 6", None, 3, 3),
    bar(2, "6 7.0 5 5.5", "0.1", 2, 5),
    bar(4, "5.5 6 5.00 5.25", "0.2", 4, 9),
)


def test_bars_are_joined_with_every_digit() -> None:
    whole = joined(MINUTES, "5m", 0)
    assert whole == Bar("A", "5m", 0, "5.0", "7", "5.0", "5.25", "0.3", 9, 9)
    assert joined(MINUTES[:1], "5m", 0) == MINUTES[0]._replace(interval="5m", start=0)


NEWEST = bar(20, "6 8 6 7", "5", 3, 33)
"""The ticks 31 to 33."""


@pytest.mark.parametrize(
    ("long", "whole"),
    [
        (bar(15, "5 7 4 6", "10", 20, 30), ("5 8 4 7", "15", 23, 33)),
        # It lacks a tick that the minute lacks, too.
        (bar(15, "5 7 4 6", "10", 20, 29), ("5 8 4 7", "15", 23, 33)),
        (bar(15, "5 8 4 7", "15", 23, 33), ("5 8 4 7", "15", 23, 33)),
        # It has begun with the minute.
        (bar(15, "6 7 6 7", "4", 2, 32), ("6 8 6 7", "5", 3, 33)),
        # Nobody can tell what of the minute it has.
        (bar(15, "5 7 4 6", "12", 22, 32), ("5 7 4 6", "12", 22, 32)),
        # A minute of before, as after a clock that was set back.
        (bar(30, "5 7 4 6", "10", 20, 30), ("5 7 4 6", "10", 20, 30)),
    ],
)
def test_the_newest_minute_continues_a_long_bar_as_far_as_it_is_known(
    long: Bar, whole: tuple[str, str, int, int]
) -> None:
    long = long._replace(interval="15m")
    assert up_to(long, NEWEST) == bar(long.start // MINUTE, *whole, interval="15m")
