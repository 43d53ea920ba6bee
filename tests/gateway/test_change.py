"""A change as it is asked for: what is allowed, and what is said of the rest."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.change import MAX_BODY, ChangeError, changed_key, parse_change
from gateway.selection import EVERYTHING, parse_entries
from tests.support.market import key
from tests.support.ticks import symbols


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        (b"[" * MAX_BODY, "no JSON"),
        (b"[]", "JSON object"),
        (b"null", "JSON object"),
        (b'{"adds":[]}', "unknown member 'adds'; allowed are add, drop"),
        (b'{"add":"A"}', "add: it is an array of symbols"),
        (b'{"drop":[1]}', "drop: it is an array of symbols"),
        (b'{"add":["A,B"]}', "add: not symbols: 'A,B'"),
        (b'{"add":[""]}', "add: not symbols: ''"),
        (b'{"drop":["\\ud800"]}', "not symbols"),
        (b'{"add":["A\\r\\nevent: bye"]}', "not symbols"),
    ],
)
def test_what_is_no_change_is_told_what_is_wrong(body: bytes, says: str) -> None:
    with pytest.raises(ChangeError) as caught:
        parse_change(body)
    assert says in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_members_may_be_left_out_and_case_does_not_matter() -> None:
    assert parse_change(b"{}") == (parse_entries([]), parse_entries([]))
    assert parse_change(b'{"add":["tsla","b*"]}').add == parse_entries(["TSLA", "B*"])


def test_what_is_dropped_and_added_stays() -> None:
    change = parse_change(b'{"add":["A"],"drop":["A","B"]}')
    assert changed_key(key("A,B,C"), change, 10).selection.entries == ["A", "C"]


def test_everything_swallows_names_and_leaves_nothing_behind() -> None:
    everything = changed_key(key("A"), parse_change(b'{"add":["*"]}'), 10)
    assert everything.selection == EVERYTHING
    assert changed_key(everything, parse_change(b'{"drop":["*"]}'), 10).selection.entries == []


def test_the_bound_holds_for_the_result() -> None:
    change = parse_change(b'{"add":["C","D*"],"drop":["A"]}')
    assert len(changed_key(key("A,B"), change, 3).selection.entries) == 3
    with pytest.raises(ChangeError, match="would have 3 symbols; at most 2 are allowed"):
        changed_key(key("A,B"), change, 2)


@given(st.lists(symbols, max_size=5), st.lists(symbols, max_size=5), st.lists(symbols, max_size=5))
def test_a_change_is_the_same_done_twice(had: list[str], add: list[str], drop: list[str]) -> None:
    change = parse_change(json.dumps({"add": add, "drop": drop}).encode())
    once = changed_key(key(",".join(had) or "X"), change, 100)
    assert changed_key(once, change, 100) == once
    assert {*once.selection.entries} == ({*had} or {"X"}) - {*drop} | {*add}
