"""Sums of JSON numbers: exact, and never longer than the wire allows."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickcast.wire.decimals import is_decimal
from tickcast.wire.exact_sum import minus, number, plus, text


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
        value = plus(value, number(summand))
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


def test_differences_are_exact() -> None:
    assert minus(7, 9) == -2
    assert text(minus(number("0.3"), number("0.1"))) == "0.2"
