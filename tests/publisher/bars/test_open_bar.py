"""The arithmetic of a bar: exact, and never longer than the wire allows."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickcast.publisher.bars.open_bar import OpenBar, open_bar, plus, text
from tickcast.wire.bar import decode_bar, encode_bar
from tickcast.wire.decimals import is_decimal


def test_equal_prices_keep_the_digits_that_came_first_and_the_close_those_that_came_last() -> None:
    bar = OpenBar(0, "1.0")
    for price in ("1.00", "1.000"):
        bar.set_price(price)
    assert (bar.open, bar.high, bar.low, bar.close) == ("1.0", "1.0", "1.0", "1.000")


def test_prices_that_floats_cannot_tell_apart_are_told_apart() -> None:
    bar = OpenBar(0, "0.10000000000000000001")
    bar.set_price("0.10000000000000000003")
    bar.set_price("0.1")
    assert (bar.high, bar.low) == ("0.10000000000000000003", "0.1")


@pytest.mark.parametrize(
    ("summands", "total"),
    [
        (["100", "200"], "300"),
        (["0.1"] * 10, "1.0"),
        (["12345678901234567890", "0.000000001"], "12345678901234567890.000000001"),
        (["1e3", "1"], "1001"),
        (["0", "0e-999"], "0e-999"),
    ],
)
def test_sums_are_exact(summands: list[str], total: str) -> None:
    value: int | Decimal = 0
    for summand in summands:
        value = plus(value, int(summand) if summand.isdigit() else Decimal(summand))
    assert text(value) == total


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
@example(Decimal("12e999"))
@example(Decimal("-9e1030"))
@example(Decimal("9.99999999999999999999e999"))
@example(Decimal("0.0000001e-999"))
@example(Decimal("0.00e-999"))
@example(Decimal("0e1500"))
@example(10**4400)
def test_every_volume_is_a_number_that_the_wire_takes(value: int | Decimal) -> None:
    assert is_decimal(text(value))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("12e999", "9.9999999999999999999e+999"),
        ("-12e999", "-9.9999999999999999999e+999"),
        ("9.5e999", "9.5e+999"),
        ("1e-1000", "0"),
        ("0e1500", "0"),
    ],
)
def test_a_volume_beyond_the_wire_is_said_as_the_nearest_that_it_takes(value: str, said: str) -> None:
    assert text(Decimal(value)) == said


def test_a_bar_read_back_goes_on_as_if_it_had_never_been_away() -> None:
    bar = OpenBar(60_000_000, "5")
    for price in ("7.0", "2", "6"):
        bar.set_price(price)
    bar.add_volume(3)
    bar.ticks = 4
    held = encode_bar(bar.to_bar("A", "1m", 9))
    again = open_bar(decode_bar(held))
    assert encode_bar(again.to_bar("A", "1m", 9)) == held
    for each in (bar, again):
        each.set_price("7")
        each.set_price("2.0")
        each.add_volume(Decimal("0.5"))
    assert again.to_bar("A", "1m", 10) == bar.to_bar("A", "1m", 10)
