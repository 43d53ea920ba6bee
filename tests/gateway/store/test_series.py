"""What a gateway holds of a key's bars goes on only where that is proved."""

import pytest

from tickcast.gateway.store.bar_history import JsonBar, Series
from tickcast.wire.bar import INTERVALS, Bar, encode_bar

MINUTE = INTERVALS["1m"]


def bar(minute: int, q: int, ticks: int = 1) -> Bar:
    return Bar("A", "1m", minute * MINUTE, "1", "1", "1", "1", None, ticks, q)


def entries(*bars: Bar) -> list[JsonBar]:
    return [JsonBar(each, encode_bar(each)) for each in bars]


HELD = entries(bar(1, 1), bar(2, 2), bar(3, 3))
HERE = Series.of(4 * MINUTE, HELD)
"""Read while the bar of minute 4 was the newest."""

LATER = entries(bar(4, 5, ticks=2), bar(5, 6), bar(8, 9, ticks=3))
NEWEST = bar(9, 10)


def test_a_series_is_what_is_final_before_its_newest_bar_in_order_and_the_later_of_two() -> None:
    series = Series.of(4 * MINUTE, entries(bar(3, 3), bar(1, 1), bar(1, 4), bar(4, 5), bar(5, 6)))
    assert series.bars == {MINUTE: encode_bar(bar(1, 4)), 3 * MINUTE: encode_bar(bar(3, 3))}
    assert Series.of(0, []).q == 0


@pytest.mark.parametrize("seen", [0, 2])
@pytest.mark.parametrize("ahead", [0, 2])
def test_a_series_that_goes_on_is_the_same_as_one_that_is_read_whole(seen: int, ahead: int) -> None:
    beyond = entries(bar(9, 12, ticks=3), bar(10, 13))[:ahead]
    tail = [*HELD[len(HELD) - seen :], *LATER, *beyond]
    kept = len(HELD) + len(LATER) + ahead
    assert HERE.extended(NEWEST, tail, kept) == Series.of(NEWEST.start, [*HELD, *LATER])
    assert HERE.extended(NEWEST, tail, kept - 1) == Series.of(NEWEST.start, [*HELD[1:], *LATER])


def test_the_first_bars_of_a_symbol_go_on_from_none() -> None:
    none = Series.of(MINUTE, [])
    assert none.extended(bar(2, 2), HELD[:1], 1) == Series.of(2 * MINUTE, HELD[:1])


@pytest.mark.parametrize(
    "tail",
    [
        pytest.param(LATER[1:], id="too short"),
        pytest.param([], id="empty"),
        pytest.param(LATER[:-1], id="without the last"),
        pytest.param([LATER[0], LATER[2]], id="with a hole"),
        pytest.param(entries(bar(4, 8, ticks=1), bar(8, 9)), id="of another feed"),
        pytest.param(entries(bar(4, 5, ticks=2), bar(5, 7), bar(8, 9)), id="that lacks ticks"),
        pytest.param(entries(bar(4, 4), bar(5, 5), bar(1, 6), bar(4, 7), bar(5, 9, ticks=2)), id="again"),
    ],
)
def test_a_tail_that_does_not_prove_that_it_goes_on_is_none(tail: list[JsonBar]) -> None:
    assert HERE.extended(NEWEST, tail, 100) is None


def test_it_goes_on_to_a_later_bar_only() -> None:
    assert HERE.extended(bar(3, 4), [], 100) is None
    assert HERE.extended(bar(1, 4), [], 100) is None
