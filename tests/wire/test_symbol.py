import re
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import symbols
from tickcast.wire.symbol import (
    MAX_SYMBOL_LENGTH,
    PATTERN,
    SymbolError,
    parse_prefix,
    parse_symbol,
    partition_of,
)


@given(symbols)
def test_every_symbol_of_the_pattern_is_itself_and_its_upper_case_where_the_feed_folds(symbol: str) -> None:
    assert parse_symbol(symbol) == symbol
    assert parse_symbol(symbol, "upper") == parse_symbol(symbol.lower(), "upper") == symbol.upper()


ODD = [
    "^GSPC",
    "ES=F",
    "EURUSD=X",
    "M&M",
    "BTC/USDT:USDT",
    "BRK B",
    "AAPL  251219C00150000",
    "...",
    "!",
    "A" * 64,
]


@pytest.mark.parametrize("symbol", ODD)
def test_symbols_as_the_world_writes_them_are_symbols(symbol: str) -> None:
    assert parse_symbol(symbol) == symbol


def test_a_character_is_allowed_unless_a_list_a_pattern_or_json_needs_it() -> None:
    allowed = {chr(code) for code in range(256) if re.fullmatch(PATTERN, f"A{chr(code)}A")}
    assert allowed == {chr(code) for code in range(0x20, 0x7F)} - set(",*\"'`\\")


@pytest.mark.parametrize("prefix", ["A ", "BRK ", ".", "..", "^", "A" * 64])
def test_a_prefix_may_end_where_no_symbol_may(prefix: str) -> None:
    assert parse_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["", " A", "A*", "A,", "A" * 65])
def test_a_text_that_no_symbol_begins_with_is_no_prefix(prefix: str) -> None:
    with pytest.raises(SymbolError, match="no symbol begins with"):
        parse_prefix(prefix)


@given(st.text(max_size=40))
@example("aapl")
@example("ſ")
@example("\u212a")
def test_any_text_is_a_symbol_of_the_pattern_or_refused(text: str) -> None:
    try:
        symbol = parse_symbol(text)
    except SymbolError:
        return
    assert re.fullmatch(PATTERN, symbol)
    # Upper-cased, others become ASCII too (ſ), and lower-cased (the sign of Kelvin).
    assert text.isascii()
    assert symbol == text


# ß, ſ and ı become ASCII when upper-cased; the last is a digit of another width.
@pytest.mark.parametrize(
    "text",
    [
        "",
        " A",
        "A ",
        " ",
        ".",
        "..",
        "A\n",
        "A\t",
        "A,B",
        "A*",
        'A"',
        "A'",
        "A`",
        "A\\",
        "A" * (MAX_SYMBOL_LENGTH + 1),
        "ß",
        "ſ",
        "ı",
        "A\0",
        "A\x7f",
        "１",
    ],
)
def test_what_could_break_a_line_or_a_list_is_no_symbol(text: str) -> None:
    with pytest.raises(SymbolError, match=r"not a symbol: .* allowed are 1 to 64 printable"):
        parse_symbol(text)


def test_a_hostile_text_is_quoted_shortened() -> None:
    with pytest.raises(SymbolError) as caught:
        parse_symbol("x" * 100_000)
    assert len(str(caught.value)) < 200


# Fixed for ever: another value would send a symbol's ticks where no gateway looks for its past.
@pytest.mark.parametrize(
    ("symbol", "of_4", "of_16", "of_256"),
    [
        (b"AAPL", 0, 12, 92),
        (b"BTC-USD", 0, 0, 240),
        (b"EUR/USD", 2, 2, 98),
        (b"BRK B", 2, 2, 34),
        (b"aapl", 0, 8, 232),
    ],
)
def test_a_symbol_stays_in_its_partition(symbol: bytes, of_4: int, of_16: int, of_256: int) -> None:
    assert [partition_of(symbol, n) for n in (1, 4, 16, 256)] == [0, of_4, of_16, of_256]


def test_the_hash_is_crc_32_of_ieee_802_3() -> None:
    assert zlib.crc32(b"123456789") == 0xCBF43926
    assert partition_of(b"123456789", 2**32) == 0xCBF43926


@given(symbols, st.integers(1, 256))
def test_a_partition_is_in_range(symbol: str, partitions: int) -> None:
    assert 0 <= partition_of(symbol.encode(), partitions) < partitions


def test_partitions_share_symbols_about_evenly() -> None:
    counts = [0] * 16
    for number in range(16_000):
        counts[partition_of(b"SYM%d" % number, 16)] += 1
    assert min(counts) > 800
    assert max(counts) < 1200
