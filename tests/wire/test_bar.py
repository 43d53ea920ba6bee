import json
import re

import pytest
from hypothesis import given

from tests.support.ticks import bars
from tickcast.wire.bar import ALL_INTERVALS, INTERVALS, Bar, BarError, bar_key, decode_bar, encode_bar, is_bar
from tickcast.wire.bounds import MAX_HISTORY
from tickcast.wire.symbol import PATTERN

PLAIN = Bar("AAPL", "1m", 60_000_000, "189.30", "189.40", "189.25", "189.34", "12300", 42, 10423)


@given(bars)
def test_a_bar_survives_the_wire_with_every_digit(bar: Bar) -> None:
    assert decode_bar(encode_bar(bar)) == bar


def test_its_json_has_the_documented_names() -> None:
    assert encode_bar(PLAIN) == (
        b'{"S":"AAPL","i":"1m","t":60000000,"o":189.30,"h":189.40,"l":189.25,"c":189.34,"v":12300,'
        b'"n":42,"q":10423}'
    )
    assert b'"v"' not in encode_bar(PLAIN._replace(volume=None))


def test_a_day_may_begin_at_any_minute() -> None:
    day = PLAIN._replace(interval="1d", start=60_000_000)
    assert decode_bar(encode_bar(day)) == day


def test_every_interval_is_kept_or_made_of_one_that_is_and_divides_it() -> None:
    assert list(ALL_INTERVALS) == ["1s", "1m", "5m", "15m", "1h", "1d"]
    for name, interval in ALL_INTERVALS.items():
        if interval.made_of:
            assert not interval.kept
            assert name not in INTERVALS
            assert interval.length % INTERVALS[interval.made_of] == 0
        else:
            assert INTERVALS[name] == interval.length
            assert 0 < interval.kept <= MAX_HISTORY


def test_its_key_is_no_symbol() -> None:
    assert bar_key(b"AAPL", "1m") == b"AAPL\t1m"
    assert not re.fullmatch(PATTERN, "AAPL\t1m")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"i": "5m"}, "i: '5m' is not one of 1s, 1m, 15m, 1d"),
        ({"i": None}, "i: "),
        ({"t": 60_000_001}, "t: 60000001 is no multiple of 1m"),
        ({"i": "15m"}, "t: 60000000 is no multiple of 15m"),
        ({"i": "1d", "t": 60_000_001}, "t: 60000001 is no multiple of 1m"),
        ({"t": -60_000_000}, "t: "),
        ({"n": 0}, "n: 0 ticks cannot end"),
        ({"n": 10424}, "n: 10424 ticks cannot end with sequence 10423"),
        ({"q": 2**53}, "q: "),
        ({"o": "one"}, "o: 'one' is not a JSON number"),
        ({"c": None}, "c: "),
        ({"v": [1]}, "v: "),
        ({"S": "A "}, "S: "),
        ({"S": [7]}, "S: "),
    ],
)
def test_what_is_no_bar_is_refused_by_the_name_of_its_field(change: dict[str, object], message: str) -> None:
    text = json.dumps({**json.loads(encode_bar(PLAIN)), **change})
    with pytest.raises(BarError, match=message):
        decode_bar(text)


@pytest.mark.parametrize("text", [b"", b"[]", b"nonsense", b"[" * 100_000])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(BarError):
        decode_bar(text)


@given(bars)
def test_what_the_publisher_writes_is_recognised_under_its_own_key_alone(bar: Bar) -> None:
    key, other = bar_key(bar.symbol.encode(), bar.interval), bar_key(b"OTHER", bar.interval)
    assert is_bar(key, encode_bar(bar))
    assert not is_bar(other, encode_bar(bar._replace(symbol="AAPL")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"n":42', '"n":0'),
        ('"n":42', '"n":10424'),
        ('"t":60000000', '"t":60000001'),
        ('"q":10423', '"q":99999999999999999999'),
        ("189.30", "NaN"),
        ("189.30", "1" * 33),
        ('"v":12300', "oops"),
        ('"i":"1m"', '"i":"5m"'),
        ("}", ',"x":1}'),
        ("}", "}\n"),
    ],
)
def test_what_is_nearly_a_bar_is_none(old: str, new: str) -> None:
    good = encode_bar(PLAIN).decode()
    assert is_bar(b"AAPL\t1m", good.encode())
    assert not is_bar(b"AAPL\t1m", good.replace(old, new, 1).encode())
