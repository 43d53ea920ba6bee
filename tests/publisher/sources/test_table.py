import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ticks import upper_symbols
from tickcast.publisher.sources.table import Table
from tickcast.wire.tick import Tick, TickError

NAMES = ["S", "t", "p", "s", "bp", "bs", "ap", "as", "v"]
NUMBERS = st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=4).map(
    lambda value: f"{value:f}"
)
TICKS = st.builds(
    Tick,
    upper_symbols,
    st.integers(1, 2**53 - 1),
    NUMBERS,
    *[st.none() | NUMBERS] * 6,
)


@given(TICKS, st.permutations(range(9)))
def test_a_row_reads_back_the_same_in_any_order_of_columns(tick: Tick, order: list[int]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(NAMES[place] for place in order)
    writer.writerow(tick[place] for place in order)
    header, row = text.getvalue().encode().splitlines()

    assert Table.recognises(header)
    assert [*Table(header).items(row)] == [tick]


def test_a_byte_order_mark_spaces_and_unknown_columns_do_no_harm() -> None:
    table = Table(b'\xef\xbb\xbfS, t, p, "exchange, or venue"')

    assert [*table.items(b'aapl, 5, 189.30, "New York, NY"')] == [Tick("AAPL", 5, "189.30")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"AAPL,5", "2 cells under a header of 3"),
        (b"AAPL,5,1,2", "4 cells under a header of 3"),
        (b"AAPL,5,", "p: missing"),
        (b"AAPL,5,1e", "p: '1e' is not a JSON number"),
        (b"AAPL,now,1", "t: 'now' is not a whole number"),
        (b"A*B,5,1", "S: not a symbol"),
        (b'"AAPL,5,1', "not CSV"),
        (b"\xff,5,1", "not CSV"),
    ],
)
def test_a_malformed_row_is_refused_with_its_reason(row: bytes, reason: str) -> None:
    with pytest.raises(TickError, match=reason):
        list(Table(b"S,t,p").items(row))


@pytest.mark.parametrize("line", [b"S,t", b"AAPL,1,2", b"", b"\xff", b'{"S":"A","t":1,"p":1}'])
def test_what_is_no_header_is_not_recognised(line: bytes) -> None:
    assert not Table.recognises(line)


def test_what_is_said_of_more_symbols_than_a_feed_has_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.table.MAX_SYMBOLS", 1)
    table = Table(b"S,t,p,name")
    rows = [b"A,1795384800000000,1,Apple", b"B,1795384800000000,1,Bread"]
    said = [sum(type(item) is not Tick for item in table.items(row)) for row in rows * 2]
    assert said == [1, 1, 0, 1]
