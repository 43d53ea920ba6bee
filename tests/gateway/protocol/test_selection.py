"""Which symbols a stream asks for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import upper_symbols
from tickcast.gateway.protocol.selection import (
    EVERYTHING,
    MAX_PREFIXES,
    Selection,
    SelectionError,
    parse_selection,
)
from tickcast.gateway.store.sorted_names import SortedNames


@pytest.mark.parametrize("text", ["", " ", ",", "*", "AAPL,*", "* , A*"])
def test_nothing_or_a_star_is_everything(text: str) -> None:
    assert parse_selection(text, 10) is EVERYTHING


@pytest.mark.parametrize(
    ("text", "names", "prefixes"),
    [
        ("msft,AAPL", (b"AAPL", b"MSFT"), ()),
        ("AAPL,aapl, AAPL ,", (b"AAPL",), ()),
        ("BTC*,btc-usd,BTC*", (b"BTC-USD",), (b"BTC",)),
        ("A.B/C:D_-9", (b"A.B/C:D_-9",), ()),
        (" brk b , m&m,^gspc", (b"BRK B", b"M&M", b"^GSPC"), ()),
        ("brk *, .*", (), (b".", b"BRK ")),
    ],
)
def test_case_order_repeats_and_spaces_make_no_difference(
    text: str, names: tuple[bytes, ...], prefixes: tuple[bytes, ...]
) -> None:
    assert parse_selection(text, 10) == Selection(names, prefixes)


def test_case_is_kept_where_the_feed_keeps_it() -> None:
    assert parse_selection("AMpB,AMPB,b*", 10, "keep") == Selection((b"AMPB", b"AMpB"), (b"b",))


@pytest.mark.parametrize("text", ["A\tB", "A\0", "A\nB", "é", "ſ", "A" * 65, "**", "A*B", "'A'", ".", ".."])
def test_what_is_no_symbol_is_named(text: str) -> None:
    with pytest.raises(SelectionError) as caught:
        parse_selection(f"AAPL,{text}", 10)
    assert repr(text.strip()[:40]) in str(caught.value)
    assert "AAPL" not in str(caught.value)
    assert "printable ASCII" in str(caught.value)


def test_many_offenders_are_counted_not_all_listed() -> None:
    with pytest.raises(SelectionError, match="and 40 more"):
        parse_selection(",".join(f"`{number}" for number in range(50)), 100)


def test_more_symbols_than_allowed_are_refused_with_the_limit() -> None:
    parse_selection("A,B,C", 3)
    with pytest.raises(SelectionError, match="4 symbols; at most 3"):
        parse_selection("A,B,C,D", 3)


@given(
    st.lists(upper_symbols, max_size=6),
    st.lists(upper_symbols, max_size=3),
    st.lists(upper_symbols, max_size=12),
)
@example(["AB", "ABC", "B"], ["ABX"], ["ABC", "A", "C"])
@example([], [], ["A"])
def test_what_is_among_the_known_is_what_matches_and_every_name_once(
    names: list[str], prefixes: list[str], known: list[str]
) -> None:
    starts = [prefix[:2] for prefix in prefixes]
    found = parse_selection(",".join([*names, *(f"{start}*" for start in starts)]), 20).among(
        SortedNames(symbol.encode() for symbol in known)
    )
    assert len(found) == len(set(found))

    def is_covered(symbol: str) -> bool:
        # Who asks for nothing gets everything.
        return symbol.startswith(tuple(starts)) or not (names or starts)

    # A name that a prefix covers too is left to the prefix: it comes when it is known.
    wanted = {symbol for symbol in known if is_covered(symbol)} | {
        name for name in names if not is_covered(name)
    }
    assert {symbol.decode() for symbol in found} == wanted


def test_a_selection_has_so_many_prefixes_and_no_more() -> None:
    listed = [f"P{number}*" for number in range(MAX_PREFIXES + 1)]
    assert len(parse_selection(",".join(listed[:-1]), 1000).prefixes) == MAX_PREFIXES
    with pytest.raises(SelectionError, match="33 prefixes; at most 32 are allowed"):
        parse_selection(",".join(listed), 1000)
    # All is all, whatever stands beside it.
    assert parse_selection(",".join([*listed, "*"]), 1000) == EVERYTHING
