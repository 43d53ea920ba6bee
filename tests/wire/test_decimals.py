import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import decimals
from tickcast.wire.decimals import MAX_DECIMAL_LENGTH, is_decimal, places


@given(decimals)
def test_a_json_number_is_a_decimal(text: str) -> None:
    assert is_decimal(text)


@given(st.text("0123456789.eE+-_ \n", max_size=12) | st.text(max_size=5))
@example("1_0")
@example("٣")
@example("1\u00a0")
@example("1e999")
@example("1e1000")
@example("1e0001")
@example("-0")
@example("true")
@example("NaN")
@example("-Infinity")
def test_what_is_a_decimal_is_what_json_calls_a_number(text: str) -> None:
    def refuse(name: str) -> None:
        # Python's reader takes NaN and Infinity, which JSON does not have.
        raise ValueError(name)

    try:
        # No isinstance: bool is a kind of int.
        number = type(json.loads(text, parse_constant=refuse)) in (int, float) and text == text.strip()
    except ValueError:
        number = False
    # JSON itself sets no limit to an exponent; three digits are ours.
    exponent = text.lower().partition("e")[2].lstrip("+-")
    assert is_decimal(text) == (number and len(exponent) <= 3)


@pytest.mark.parametrize(
    "text", ["", "NaN", "Infinity", "-", "01", "1.", ".5", "+1", "0x1", "1e", "1\n", "1 "]
)
def test_what_only_looks_like_a_number_is_refused(text: str) -> None:
    assert not is_decimal(text)


def test_a_number_has_at_most_its_length() -> None:
    assert is_decimal("1" * MAX_DECIMAL_LENGTH)
    assert not is_decimal("1" * (MAX_DECIMAL_LENGTH + 1))


@given(st.decimals(-(10**9), 10**9, places=8).map(lambda number: format(number, "f")))
def test_places_are_the_digits_after_the_point(text: str) -> None:
    assert places(text) == -Decimal(text).as_tuple().exponent


@pytest.mark.parametrize(
    ("text", "digits"),
    [("427.90", 2), ("5", 0), ("1.5e3", 0), ("0.00000001", 8), ("1e-7", 7), ("-2.5E-8", 9), ("1.25e+1", 1)],
)
def test_places_of(text: str, digits: int) -> None:
    assert places(text) == digits
