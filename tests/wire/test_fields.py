"""Fields from outside: bounded, and named when they will not do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.wire.fields import MAX_WHOLE, FieldError, decimal, read_fields, whole


def test_numbers_keep_their_digits() -> None:
    assert read_fields(b'{"p":1.10,"q":12,"S":"A"}') == {"p": "1.10", "q": "12", "S": "A"}


@pytest.mark.parametrize("text", [b"", b"{", b"[1]", b"1", b"null", b"\xff", "[" * 100_000])
def test_what_is_no_object_is_refused(text: bytes | str) -> None:
    with pytest.raises(FieldError):
        read_fields(text)


def test_what_is_nested_too_deeply_is_said_to_be_so() -> None:
    with pytest.raises(FieldError, match=r"^not JSON: nested too deeply$"):
        read_fields("[" * 100_000)


@given(st.integers(0, MAX_WHOLE))
def test_a_whole_number_is_read(number: int) -> None:
    assert whole({"q": str(number)}, "q") == number


@pytest.mark.parametrize(
    "value", [None, "", "-1", "1.0", "1e3", "x", "٣", str(MAX_WHOLE + 1), "9" * 16, "1" * 5000, 7, True, []]
)
def test_what_is_no_whole_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(FieldError, match=r"^q: .* is not a whole number, 0 to 9007199254740991$"):
        whole({"q": value}, "q")


@pytest.mark.parametrize("value", [None, "", "x", "NaN", "1" * 33, 1.5, {}])
def test_what_is_no_decimal_is_refused_by_name(value: object) -> None:
    with pytest.raises(FieldError, match=r"^p: .* is not a JSON number"):
        decimal({"p": value}, "p")
