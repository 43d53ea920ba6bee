import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import decimals
from tickcast.wire.decimals import MAX_DECIMAL_LENGTH, is_decimal, number_fault, places


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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1e400", "1e18 or more"),
        ("1e300", "1e18 or more"),
        ("1000000000000000000", "1e18 or more"),
        ("-1000000000000000000.5", "-1e18 or less"),
        ("-1e999", "-1e18 or less"),
        ("1e-400", "too small"),
        ("-1e-330", "too small"),
        ("12345678901234567890.12345678901", "more than 20 digits"),
        ("0.123456789012345678901", "more than 20 digits"),
        ("1.00000000000000000000", "more than 20 digits"),
    ],
)
def test_a_number_that_no_reader_can_hold_is_at_fault(text: str, fault: str) -> None:
    assert is_decimal(text)
    assert fault in (number_fault(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-0", "0.0000000000000000000000000", "0e999", "-37.63", "189.30", "999999999999999999"),
        *(
            "-999999999999999999.99",
            "1e17",
            "1e-300",
            "0.00000000012345678901234567890",
            "12345678901234567.890",
        ),
    ],
)
def test_any_other_number_is_not(text: str) -> None:
    assert number_fault(text) is None
