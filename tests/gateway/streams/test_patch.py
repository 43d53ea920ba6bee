"""A change as it is asked for: what is allowed, and what is said of the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.market import key
from tests.support.ticks import upper_symbols
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import EVERYTHING, MAX_PREFIXES, BarSelection, parse_entries
from tickcast.gateway.streams.patch import MAX_BODY, Patch, PatchError, changed_key, parse_patch


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        (b"[" * MAX_BODY, "no JSON: nested too deeply"),
        (b'{"add":[%b]}' % (b"1" * 5000), "no JSON"),
        (b"[]", "JSON object"),
        (b"null", "JSON object"),
        (b'{"adds":[]}', "unknown member 'adds'; allowed are add, drop, bars, bars_of"),
        (b'{"add":"A"}', "add: it is an array of symbols"),
        (b'{"drop":[1]}', "drop: it is an array of symbols"),
        (b'{"bars":"1m"}', "bars: it is an array of 1s, 1m"),
        (b'{"bars":["1h"]}', "bars: it is an array of 1s, 1m"),
        (b'{"bars":[["1m"]]}', "bars: it is an array of 1s, 1m"),
        (b'{"bars_of":"A"}', "bars_of: it is an array of symbols"),
        (b'{"add":["A,B"]}', "add: not symbols: 'A,B'"),
        (b'{"add":[""]}', "add: not symbols: ''"),
        (b'{"drop":["\\ud800"]}', "no JSON"),
        (b'{"add":["A\\r\\nevent: bye"]}', "not symbols"),
        *(
            (json.dumps({name: ["A"] * 101}).encode(), f"{name}: 101 symbols; at most 100 are allowed")
            for name in ("add", "drop", "bars_of")
        ),
    ],
)
def test_what_is_no_change_is_told_what_is_wrong(body: bytes, says: str) -> None:
    with pytest.raises(PatchError) as caught:
        parse_patch(body, 100)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_members_may_be_left_out_and_case_does_not_matter() -> None:
    assert parse_patch(b"{}", 100) == Patch(parse_entries([]), parse_entries([]))
    assert parse_patch(b'{"add":["tsla","b*"]}', 100).add == parse_entries(["TSLA", "B*"])


def test_what_is_dropped_and_added_stays() -> None:
    change = parse_patch(b'{"add":["A"],"drop":["A","B"]}', 100)
    assert changed_key(key("A,B,C"), change, 10).selection.entries == ["A", "C"]


def test_everything_swallows_names_and_leaves_nothing_behind() -> None:
    everything = changed_key(key("A"), parse_patch(b'{"add":["*"]}', 100), 10)
    assert everything.selection == EVERYTHING
    assert changed_key(everything, parse_patch(b'{"drop":["*"]}', 100), 10).selection.entries == []


def test_bars_and_whose_they_are_are_replaced_where_they_are_given() -> None:
    def after(before: GroupKey, body: bytes) -> BarSelection:
        return changed_key(before, parse_patch(body, 100), 10).bars

    none, own = key("A,B"), key("A,B")._replace(bars=BarSelection(("1m",)))
    of_b = own._replace(bars=BarSelection(("1m",), parse_entries(["B"])))
    assert after(none, b'{"bars":["1m","1s","1m"]}') == BarSelection(("1s", "1m"))
    assert after(none, b'{"bars_of":["B"]}') == BarSelection()
    assert after(own, b'{"bars_of":["b"]}') == of_b.bars
    assert after(of_b, b'{"add":["C"]}') == of_b.bars
    assert after(of_b, b'{"bars":["1s"]}') == BarSelection(("1s",), parse_entries(["B"]))
    assert after(of_b, b'{"bars_of":null}') == own.bars
    assert after(of_b, b'{"bars_of":["*","B"]}') == BarSelection(("1m",), EVERYTHING)
    assert after(of_b, b'{"bars":[]}') == BarSelection()


def test_the_bound_holds_for_those_whose_bars_are_wanted() -> None:
    change = parse_patch(b'{"bars":["1m"],"bars_of":["A","B","C"]}', 100)
    with pytest.raises(PatchError, match="3 symbols; at most 2"):
        changed_key(key("A"), change, 2)


def test_the_bound_holds_for_the_result() -> None:
    change = parse_patch(b'{"add":["C","D*"],"drop":["A"]}', 100)
    assert len(changed_key(key("A,B"), change, 3).selection.entries) == 3
    with pytest.raises(PatchError, match="it would be 3 symbols; at most 2 are allowed"):
        changed_key(key("A,B"), change, 2)


_lists = st.lists(upper_symbols, max_size=5)


@given(_lists, _lists, _lists)
def test_a_change_is_the_same_done_twice(had: list[str], add: list[str], drop: list[str]) -> None:
    change = parse_patch(json.dumps({"add": add, "drop": drop}).encode(), 100)
    once = changed_key(key(",".join(had) or "X"), change, 100)
    assert changed_key(once, change, 100) == once
    assert {*once.selection.entries} == ({*had} or {"X"}) - {*drop} | {*add}


def test_a_change_may_not_make_too_many_prefixes() -> None:
    wanted = key(",".join(f"P{number}*" for number in range(MAX_PREFIXES)))
    more = parse_patch(b'{"add":["X*"]}', 100)
    with pytest.raises(PatchError, match="it would be 33 prefixes; at most 32"):
        changed_key(wanted, more, 1000)
    assert (
        len(changed_key(wanted, parse_patch(b'{"add":["X*"],"drop":["P0*"]}', 100), 1000).selection.prefixes)
        == 32
    )
    bars = {"bars": ["1s"], "bars_of": [f"P{number}*" for number in range(MAX_PREFIXES + 1)]}
    with pytest.raises(PatchError, match="33 prefixes"):
        changed_key(key("A"), parse_patch(json.dumps(bars).encode(), 100), 1000)
