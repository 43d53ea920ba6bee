from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.ticks import DAY
from tickcast.publisher.stats import Stats
from tickcast.publisher.validation import Grid, Validator
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick


class Source:
    def __init__(self, instruments: list[Instrument], checked: bool = False) -> None:
        self.instruments = instruments
        self.checked = checked

    async def __aiter__(self) -> AsyncIterator[list[Tick]]:
        yield []


@pytest.mark.parametrize(
    ("size", "price", "rounded"),
    [
        ("0.01", "427.90", "427.90"),
        ("0.01", "427.9", "427.9"),
        ("0.01", "427.904", "427.90"),
        ("0.01", "427.9000", "427.9000"),
        ("0.05", "1.07", "1.05"),
        ("0.05", "1.10", "1.10"),
        ("5", "12.6", "15"),
        ("0.01", "1e2", "1e2"),
        ("0.01", "1.2345e1", "12.34"),
        ("0.00000001", "123456789012.123456789", "123456789012.12345679"),
        # The multiple would have more digits than a number of a tick may have.
        ("0.00000001", "123456789012345678.12", "123456789012345678.12"),
        ("0.00000000000000000003", "189.34", "189.34"),
        ("3e17", "8.9e17", "900000000000000000"),
        ("6e17", "9.1e17", "9.1e17"),
    ],
)
def test_a_price_is_rounded_to_the_grid_and_keeps_its_digits_when_on_it(
    size: str, price: str, rounded: str
) -> None:
    assert Grid(size).round(price) == rounded


def test_all_prices_of_a_tick_are_rounded_where_the_source_tells_a_tick_size() -> None:
    validator = Validator(Source([Instrument("A", "A", "0.5", "1", "")]), Stats())
    told, untold = Tick("A", DAY, "1.4", "1.1", "1.3", None, "1.8"), Tick("B", DAY, "1.4")
    assert validator.validate([told, untold]) == [Tick("A", DAY, "1.5", "1.1", "1.5", None, "2.0"), untold]


def test_prices_are_not_rounded_to_a_tick_size_of_zero() -> None:
    validator, tick = Validator(Source([]), Stats()), Tick("A", DAY, "1.4")
    for size, price in (("0.5", "1.5"), ("0", "1.4")):
        validator.describe(Instrument("A", "A", size, "1", "", fixed=True))
        assert validator.validate([tick]) == [tick._replace(price=price)]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "AAPL",
        ("A", 1, "1"),
        Tick("A,B", DAY, "1"),
        Tick("A\tB", DAY, "1"),
        Tick(None, DAY, "1"),  # type: ignore[arg-type]
        Tick("A", 1.5, "1"),  # type: ignore[arg-type]
        Tick("A", True, "1"),
        Tick("A", 0, "1"),
        Tick("A", DAY, 1.5),  # type: ignore[arg-type]
        Tick("A", DAY, "NaN"),
        Tick("A", DAY, None),  # type: ignore[arg-type]
        Tick("A", DAY, "1", bid="1\n"),
    ],
)
def test_a_bad_tick_is_skipped_and_counted(bad: Any) -> None:
    stats = Stats()
    good = Tick("A", DAY, "1")
    assert Validator(Source([]), stats).validate([good, bad, good]) == [good, good]
    assert stats.bad_ticks == 1


@pytest.mark.parametrize("bad", [None, 5, Tick("A", DAY, "1")])
def test_what_is_no_list_is_bad_as_a_whole(bad: Any) -> None:
    stats = Stats()
    assert Validator(Source([]), stats).validate(bad) == []
    assert stats.bad_ticks == 1


def test_symbols_are_upper_cased() -> None:
    assert Validator(Source([]), Stats()).validate([Tick("aapl", DAY, "1")]) == [Tick("AAPL", DAY, "1")]


def test_a_source_that_checks_its_ticks_is_not_asked_twice() -> None:
    ticks = [Tick("A", DAY, "1.4")]
    assert (
        Validator(Source([Instrument("A", "A", "1", "1", "")], checked=True), Stats()).validate(ticks)
        is ticks
    )


@pytest.mark.parametrize(
    ("time", "complaint"),
    [
        (DAY // 1000, "before 2000; it looks like ms, and a source yields us"),
        (DAY * 1000, "is not a time in µs since the epoch"),
        (DAY * 2, "more than 86400 s ahead of the clock (--max-ahead)"),
    ],
)
def test_a_time_of_a_source_of_ones_own_that_cannot_be_true_is_a_bad_tick(time: int, complaint: str) -> None:
    stats = Stats()
    with capture_logs() as logs:
        good = Tick("A", DAY, "1")
        assert Validator(Source([]), stats).validate([good, Tick("A", time, "1"), good]) == [good, good]
    assert stats.bad_ticks == 1
    assert complaint in logs[0]["error"]


def test_how_far_ahead_the_time_of_a_source_of_ones_own_may_be_can_be_set() -> None:
    ahead = [Tick("A", DAY * 2, "1")]
    assert Validator(Source([]), Stats(), max_ahead=1e10).validate(ahead) == ahead
