"""Ticks and bars from JSON: every digit, in whatever form they are written; what is none is refused."""

import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.client.decode import Decoder
from tickcast.wire.tick import Tick, encode_tick

EXACT: Decoder[Decimal] = Decoder(Decimal)
FAST: Decoder[float] = Decoder(float)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12)
TEXTS = NUMBERS.map(lambda number: format(number, "f"))
OPTIONAL = st.none() | TEXTS
TICKS = st.builds(
    Tick, st.sampled_from(["A", "BRK B", "^GSPC", "A{}[]:B"]), st.integers(1, 10**15), TEXTS, *[OPTIONAL] * 6
)


@given(st.lists(st.tuples(TICKS, st.integers(1, 10**9)), max_size=4), st.booleans())
def test_what_a_publisher_writes_is_read_with_all_of_its_digits(
    made: list[tuple[Tick, int]], snapshot: bool
) -> None:
    data = b"[" + b",".join(encode_tick(tick, q) for tick, q in made) + b"]"
    found = EXACT.ticks(data, snapshot)
    assert [(tick.symbol, tick.time, tick.q) for tick in found] == [(t.symbol, t.time, q) for t, q in made]
    assert [[None if each is None else format(each, "f") for each in tick[3:10]] for tick in found] == [
        [*tick[2:]] for tick, _ in made
    ]
    assert all((tick.src, tick.snapshot) == (None, snapshot) for tick in found)
    assert FAST.ticks(data, snapshot) == [
        tick._replace(**{name: None if value is None else float(value) for name, value in _numbers(tick)})
        for tick in found
    ]


def _numbers(tick: Any) -> list[tuple[str, Any]]:
    return [*tick._asdict().items()][3:10]


@pytest.mark.parametrize(
    "text",
    [
        '[{"S":"A","q":1,"t":2,"p":1.50,"s":3,"new":[{"S":"B"},{"S":"C"}]}]',
        '[ {"p": 1.50, "S": "A", "q": 1, "t": 2, "s": 3, "src": null} ]',
        '[{"S":"A","q":1,"t":2,"p":1.50,"s":3,"x":"},{"}]',
    ],
)
def test_a_tick_that_is_written_otherwise_is_the_same(text: str) -> None:
    (tick,) = EXACT.ticks(text.encode())
    assert (tick.symbol, tick.q, tick.time, str(tick.price), tick.size) == ("A", 1, 2, "1.50", Decimal(3))
    assert EXACT.tick(text.strip("[] ").encode())[:5] == tick[:5]


@pytest.mark.parametrize(
    "change", [{"p": "1"}, {"p": True}, {"p": [1]}, {"q": 1.5}, {"q": None}, {"t": "1"}, {"s": {}}]
)
@pytest.mark.parametrize("decoder", [EXACT, FAST])
def test_what_is_no_tick_is_refused(decoder: Decoder[Any], change: dict[str, Any]) -> None:
    body = {"S": "A", "q": 1, "t": 2, "p": 1.5} | change
    with pytest.raises((ValueError, TypeError, KeyError)):
        decoder.ticks(json.dumps([body]).encode())


@pytest.mark.parametrize(
    "data", [b"{}", b"[1]", b"[{}]", b"", b'[{"S":"A","q":1,"t":2,"p":1},{]', b"[{\xff}]"]
)
@pytest.mark.parametrize("decoder", [EXACT, FAST])
def test_what_is_no_array_of_ticks_is_refused(decoder: Decoder[Any], data: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        decoder.ticks(data)


def test_a_number_beyond_a_double_is_infinity_as_a_float() -> None:
    (tick,) = FAST.ticks(b'[{"S":"A","q":1,"t":2,"p":1e400}]')
    assert tick.price == math.inf


def test_a_bar_is_read_with_its_digits() -> None:
    bar = EXACT.bar(b'{"S":"A","i":"1m","t":60,"o":1.50,"h":2,"l":1,"c":1.90,"v":1e3,"n":2,"q":9}')
    assert (str(bar.open), bar.high, str(bar.close), bar.volume) == ("1.50", 2, "1.90", 1000)
    assert (bar.interval, bar.start, bar.ticks, bar.q) == ("1m", 60, 2, 9)
