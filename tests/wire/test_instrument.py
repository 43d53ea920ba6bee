import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ticks import instruments
from tickcast.wire.bounds import MAX_INSTRUMENT_BYTES, MAX_TEXT
from tickcast.wire.fields import MAX_WHOLE
from tickcast.wire.inbox import decode_description
from tickcast.wire.instrument import Instrument, InstrumentError, decode_instrument, encode_instrument
from tickcast.wire.notice import SymbolState, in_state


@given(instruments)
def test_an_instrument_survives_the_wire(instrument: Instrument) -> None:
    data = encode_instrument(instrument)
    assert data.isascii()
    assert b"\n" not in data
    assert decode_instrument(data) == instrument


def test_the_json_is_that_of_the_design() -> None:
    data = encode_instrument(Instrument("AAPL", 'Apple "A"', "0.01", "188.20", "USD"))
    assert data == b'{"S":"AAPL","name":"Apple \\"A\\"","tick":0.01,"ref":188.20,"ccy":"USD"}'


def test_what_is_said_of_few_comes_after_it() -> None:
    whole = Instrument("A", "A", "1", "2.50", "", "0930-1600", "America/New_York", "2", True)
    data = encode_instrument(whole)
    assert data == (
        b'{"S":"A","name":"A","tick":1,"ref":2.50,"ccy":"","session":"0930-1600","tz":"America/New_York",'
        b'"given":2,"fixed":true}'
    )
    assert decode_instrument(data) == whole


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("Sx"), inner, max_size=2),
    max_leaves=5,
)
_fields = st.dictionaries(st.sampled_from(["S", "name", "tick", "ref", "ccy"]), _json)


@given(st.binary(max_size=50) | (_json | _fields).map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_refused_by_its_own_error(data: bytes) -> None:
    try:
        instrument = decode_instrument(data)
    except InstrumentError:
        return
    assert decode_instrument(encode_instrument(instrument)) == instrument


@pytest.mark.parametrize(
    "data",
    [
        b'{"S":"AAPL","name":"x","tick":"a","ref":1,"ccy":""}',
        b'{"S":"AAPL","name":1.5e,"tick":1,"ref":1,"ccy":""}',
        b'{"S":"AAPL","name":"x","tick":NaN,"ref":1,"ccy":""}',
        b'{"S":"a*b","name":"x","tick":1,"ref":1,"ccy":""}',
        b'{"S":"AAPL","name":null,"tick":1,"ref":1,"ccy":""}',
        b'{"S":"AAPL","tick":1,"ref":1,"ccy":""}',
        b'{"S":"AAPL","name":"x","tick":1,"ref":1,"ccy":"","given":"a"}',
        b'{"S":"AAPL","name":"%b","tick":1,"ref":1,"ccy":""}' % (b"x" * 129),
        b'{"S":"AAPL","name":"x","tick":1,"ref":1,"ccy":"%b"}' % (b"x" * 17),
        b"[" * 4000,
    ],
)
def test_a_wrong_field_is_refused(data: bytes) -> None:
    with pytest.raises(
        InstrumentError, match=r"instrument|S: not a symbol|(name|ccy): a text of at most \d+ characters"
    ):
        decode_instrument(data)


HUGE = "1" + "0" * 18
BAD_NUMBERS = [
    ("tick", "1e308", "tick: 1e308 is 1e18 or more; a tick size is below 1e18"),
    ("tick", HUGE, f"tick: {HUGE} is 1e18 or more"),
    ("tick", "1e-21", "tick: 1e-21 has more than 20 decimal places"),
    ("tick", "3e-300", "tick: 3e-300 has more than 20 decimal places"),
    ("tick", "1e-400", "tick: 1e-400 is too small to tell from zero; a tick size"),
    ("tick", "-0.01", "tick: -0.01 is negative"),
    ("ref", "1e308", "ref: 1e308 is 1e18 or more"),
    ("ref", "-1e400", "ref: -1e400 is -1e18 or less"),
    ("ref", "0.123456789012345678901", "ref: 0.123456789012345678901 has more than 20 digits"),
]


@pytest.mark.parametrize(("field", "number", "says"), BAD_NUMBERS)
@pytest.mark.parametrize("decode", [decode_instrument, decode_description])
def test_a_tick_size_and_a_reference_are_bounded_like_the_prices(
    field: str, number: str, says: str, decode: Callable[[bytes], object]
) -> None:
    numbers = {"tick": "0.01", "ref": "188.2"}
    text = '{{"S":"A","name":"A","ccy":"","tick":{tick},"ref":{ref}}}'
    decode(text.format(**numbers).encode())
    with pytest.raises(ValueError, match=re.escape(says)):
        decode(text.format(**numbers | {field: number}).encode())


def test_the_close_of_a_later_day_is_bounded_too() -> None:
    whole = Instrument("A", "A", "1", "1", "", given="1e18")
    with pytest.raises(InstrumentError, match="given: 1e18 is 1e18 or more"):
        decode_instrument(encode_instrument(whole))


@pytest.mark.parametrize("text", ["\0", "a\nb", "\x85", "\u2028", "\u202e", "\u2066", "\ud800"])
@pytest.mark.parametrize("field", MAX_TEXT)
def test_no_text_of_an_instrument_can_break_a_line_or_turn_a_page(field: str, text: str) -> None:
    texts = {"name": "x", "ccy": "x", field: text}
    data = json.dumps({"S": "A", "tick": 1, "ref": 1} | texts).encode()
    for decode in (decode_instrument, decode_description):
        with pytest.raises(ValueError, match=f"{field}: a text of at most .* without control characters"):
            decode(data)


def test_the_longest_instrument_fits_and_a_longer_text_is_not_even_parsed() -> None:
    face = "\U0001f600"
    texts = [face * MAX_TEXT[field] for field in ("name", "ccy", "session", "tz")]
    number = "-0.0000000000000000001234567"
    whole = Instrument("A" * 64, texts[0], "0.00000000000000000001", number, *texts[1:], number, True)
    longest = in_state(encode_instrument(whole), SymbolState("A" * 64, "suspect", MAX_WHOLE))
    assert decode_instrument(longest) == whole
    assert len(longest) <= MAX_INSTRUMENT_BYTES
    with pytest.raises(InstrumentError, match="4097 bytes; the JSON of an instrument has at most 4096"):
        decode_instrument(b"{" * 4097)


@pytest.mark.parametrize("field", MAX_TEXT)
def test_a_text_has_at_most_as_many_characters_as_one_that_is_handed_in(field: str) -> None:
    texts = {"name": "x", "ccy": "x", field: "é" * MAX_TEXT[field]}
    fields = "".join(f',"{name}":"{text}"' for name, text in texts.items())
    decode_instrument(f'{{"S":"A","tick":1,"ref":1{fields}}}'.encode())
    decode_description(f'{{"S":"A"{fields}}}'.encode())
    longer = fields.replace(texts[field], texts[field] + "é")
    for decode in (decode_instrument, decode_description):
        with pytest.raises(ValueError, match=f"{field}: a text of at most {MAX_TEXT[field]} characters"):
            decode(f'{{"S":"A","tick":1,"ref":1{longer}}}'.encode())
