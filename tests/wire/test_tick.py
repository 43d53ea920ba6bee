import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ticks import symbols, ticks
from tickcast.wire.tick import MAX_TIME, Tick, TickError, check_tick, decode_tick, encode_tick, is_tick


@given(ticks, st.integers(0, MAX_TIME))
def test_a_tick_survives_the_wire_with_every_digit(tick: Tick, q: int) -> None:
    assert check_tick(tick) is tick
    data = encode_tick(tick, q)
    assert decode_tick(data) == (tick, q)
    assert data.isascii()
    assert not set(b"\t\r\n\0") & set(data)


def test_the_json_is_that_of_the_design() -> None:
    tick = Tick("AAPL", 1795384800123456, "189.34", "100", "189.33", "300", "189.35", "200", "1204300")
    assert encode_tick(tick, 10423) == (
        b'{"S":"AAPL","q":10423,"t":1795384800123456,"p":189.34,"s":100,'
        b'"bp":189.33,"bs":300,"ap":189.35,"as":200,"v":1204300}'
    )


def test_what_a_source_does_not_have_is_left_out() -> None:
    assert encode_tick(Tick("X", 1, "2.50", ask="3"), 7) == b'{"S":"X","q":7,"t":1,"p":2.50,"ap":3}'


def test_a_source_need_not_count_and_may_add_names_of_its_own() -> None:
    assert decode_tick('{"S":"x","t":1,"p":2.50,"s":null,"venue":"N","l":[1]}') == (
        Tick("x", 1, "2.50"),
        None,
    )


@given(symbols)
def test_symbols_are_upper_cased_unless_the_feed_keeps_case(symbol: str) -> None:
    assert check_tick(Tick(symbol.lower(), 1, "1"), "upper").symbol == symbol.upper()
    assert check_tick(Tick(symbol.lower(), 1, "1"), "keep").symbol == symbol.lower()


_names = st.sampled_from(["S", "q", "t", "p", "s", "bp", "v", "x"])
_values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
)
_like_a_tick = st.fixed_dictionaries({"S": _values, "t": _values, "p": _values})


@given(
    st.binary(max_size=50)
    | st.text(max_size=50)
    | (_values | _like_a_tick | st.dictionaries(_names, _values)).map(json.dumps)
)
def test_anything_is_a_tick_or_refused_by_its_own_error(text: bytes | str) -> None:
    try:
        tick, q = decode_tick(text)
    except TickError:
        return
    assert decode_tick(encode_tick(tick, q or 0)) == (tick, q or 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "a JSON object is needed"),
        ('{"t":1,"p":1}', "S: missing"),
        ('{"S":"A","p":1}', "t: missing"),
        ('{"S":"A","t":1}', "p: missing"),
        ('{"S":"A","t":1,"p":null}', "p: a price is needed"),
        ('{"S":"A,B","t":1,"p":1}', "S: not a symbol"),
        ('{"S":["A"],"t":1,"p":1}', "S: a symbol is a text"),
        ('{"S":"A","t":0,"p":1}', "t: 0 is not a time"),
        ('{"S":"A","t":-1,"p":1}', "t: '-1' is not a whole number"),
        ('{"S":"A","t":1.5,"p":1}', "t: '1.5' is not a whole number"),
        ('{"S":"A","t":9007199254740992,"p":1}', "t: '9007199254740992' is not a whole number"),
        ('{"S":"A","q":9007199254740992,"t":1,"p":1}', "q: '9007199254740992' is not"),
        ('{"S":"A","q":-1,"t":1,"p":1}', "q: '-1' is not a whole number"),
        ('{"S":"A","t":1,"p":NaN}', "p: 'NaN' is not a JSON number"),
        ('{"S":"A","t":1,"p":1,"bs":"many"}', "bs: 'many' is not a JSON number"),
        ('{"S":"A","t":1,"p":[1]}', "p: .* is not a number"),
        ('{"S":"A","t":1,"p":%s}' % ("9" * 33), "p: .* at most 32 characters"),
    ],
)
def test_the_refusal_names_the_field_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(TickError, match=message) as caught:
        decode_tick(text)
    assert len(str(caught.value)) < 200


def test_a_huge_wrong_value_is_quoted_shortened() -> None:
    with pytest.raises(TickError) as caught:
        decode_tick(json.dumps({"S": "A", "t": 1, "p": list(range(10_000))}))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": "1e400"}, r"^p: 1e400 is 1e18 or more$"),
        ({"bid": "1e-400"}, r"^bp: 1e-400 is too small to tell from zero$"),
        ({"size": "-5"}, r"^s: -5 is negative; only prices may be$"),
        ({"bid_size": "-1"}, r"^bs: "),
        ({"ask_size": "-1e-3"}, r"^as: "),
        ({"volume": "-10"}, r"^v: "),
        ({"ask": "1" * 21}, r"^ap: .* has more than 20 digits$"),
    ],
)
def test_a_number_that_cannot_be_true_is_refused_by_its_field(fields: dict[str, str], message: str) -> None:
    with pytest.raises(TickError, match=message):
        check_tick(Tick("A", 1, "1")._replace(**fields))


def test_prices_below_zero_are_right() -> None:
    tick = Tick("CL", 1, "-37.63", "0", "-37.64", "-0", "-37.60", "1.5", "0.0")
    assert check_tick(tick) is tick


@given(ticks, st.integers(1, MAX_TIME), st.sampled_from(["}", ',"src":"sim"}', ',"src":"rec"}']))
def test_what_the_publisher_writes_is_recognised_and_of_no_other_symbol(tick: Tick, q: int, end: str) -> None:
    json_ = encode_tick(tick, q, end)
    assert is_tick(tick.symbol.encode(), json_)
    assert not is_tick(tick.symbol.encode() + b"X", json_)


GOOD = b'{"S":"A","q":1,"t":1,"p":1.50,"s":100}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"q":1', b'"q":0'),
        (b'"q":1', b'"q":01'),
        (b'"q":1', b'"q":9007199254740992'),
        (b'"q":1', b'"q":99999999999999999999'),
        (b'"q":1', b'"q":"1"'),
        (b'"t":1', b'"t":0'),
        (b'"t":1', b'"t":-1'),
        (b'"t":1', b'"t":9999999999999999'),
        (b"1.50", b"1.5.0"),
        (b"1.50", b"01.5"),
        (b"1.50", b"1e400"),
        (b"1.50", b"NaN"),
        (b"1.50", b"1." + b"0" * 40),
        (b',"s":100', b",oops"),
        (b',"s":100', b',"s":"100"'),
        (b',"s":100', b',"s":100,"src":"made up"'),
        (b',"s":100', b',"x":1'),
        (b'"S":"A"', b'"S":"a b,c"'),
        (b"}", b"} "),
        (b"}", b"}\n"),
        (b"{", b'{"more":1,'),
    ],
)
def test_what_is_nearly_a_tick_is_none(old: bytes, new: bytes) -> None:
    assert is_tick(b"A", GOOD)
    assert not is_tick(b"A", GOOD.replace(old, new, 1))


@given(st.binary(max_size=60))
def test_what_is_recognised_can_be_decoded(data: bytes) -> None:
    json_ = b'{"S":"A","q":1,"t":1,"p":1' + data
    if is_tick(b"A", json_):
        assert check_tick(decode_tick(json_)[0]).symbol == json.loads(json_)["S"] == "A"
