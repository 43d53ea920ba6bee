"""JSON whose digits and bytes are exact."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickcast.wire.exact_json import array_elements, dump_ascii, load_digits


def test_numbers_keep_every_digit() -> None:
    assert load_digits(b'{"p":189.30,"q":7,"v":1.10e-7}') == {"p": "189.30", "q": "7", "v": "1.10e-7"}


def test_whole_numbers_may_be_numbers_beside_prices_that_are_text() -> None:
    assert load_digits('[189.30, 7, "x"]', integers=int) == ["189.30", 7, "x"]


def test_what_is_no_number_in_json_is_text_and_never_a_float() -> None:
    assert load_digits("[NaN, -Infinity]") == ["NaN", "-Infinity"]


@pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 100_000])
def test_what_is_no_json_is_a_value_error(text: bytes | str) -> None:
    with pytest.raises(ValueError):
        load_digits(text)


def test_deep_nesting_is_named() -> None:
    with pytest.raises(ValueError, match=r"^nested too deeply$"):
        load_digits("[" * 100_000)


def test_characters_outside_ascii_are_escapes() -> None:
    assert dump_ascii('Nestlé "\U0001f600"') == r'"Nestl\u00e9 \"\ud83d\ude00\""'


@given(st.text())
def test_every_text_is_ascii_on_the_wire_and_comes_back(text: str) -> None:
    written = dump_ascii(text)
    assert written.isascii()
    assert json.loads(written) == text


@settings(max_examples=30)
@given(
    st.lists(st.recursive(st.none() | st.text() | st.floats(allow_nan=False), st.lists), max_size=5),
    st.booleans(),
)
def test_the_elements_of_an_array_are_its_parts_as_written(values: list[object], spread: bool) -> None:
    parts = [json.dumps(each, indent=1 if spread else None) for each in values]
    text = f" [ {' , '.join(parts)} ]\n" if spread else f"[{','.join(parts)}]"
    assert list(array_elements(text)) == parts


@pytest.mark.parametrize(
    "text", ["", "{}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", '["a]', "[" * 100_000]
)
def test_what_is_no_array_has_no_elements(text: str) -> None:
    with pytest.raises(ValueError):
        list(array_elements(text))
