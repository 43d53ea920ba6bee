import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ticks import instruments
from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.inbox import decode_description
from tickcast.wire.instrument import Instrument, InstrumentError, decode_instrument, encode_instrument


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
        b"[" * 100_000,
    ],
)
def test_a_wrong_field_is_refused(data: bytes) -> None:
    with pytest.raises(InstrumentError, match=r"instrument|(name|ccy): a text of at most \d+ characters"):
        decode_instrument(data)


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
