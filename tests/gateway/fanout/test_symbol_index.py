"""The index: who wants what, without asking those who do not."""

import gc
import tracemalloc

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.symbol_index import SymbolIndex
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import BarSelection, parse_selection


def group_of(index: SymbolIndex, symbols: str, interval: int = 0, bars: BarSelection | None = None) -> Group:
    key = GroupKey(parse_selection(symbols, 1000), interval, bars=bars or BarSelection())
    group = Group(key, key.selection.among(index.symbols), 1, key.bar_keys(index.bar_keys))
    index.add(group)
    return group


def test_a_symbol_that_comes_is_wanted_by_name_and_by_every_prefix_of_it_once() -> None:
    index = SymbolIndex(1)
    named, everything = group_of(index, "AAPL"), group_of(index, "*")
    prefixed, twice = group_of(index, "AA*"), group_of(index, "A*,AA*,AAPL")
    conflating, other = group_of(index, "A*", 100), group_of(index, "AAPLE*,B*,AAP")
    assert set(index.learn(b"AAPL")) == {named, everything, prefixed, twice}
    assert [group.symbols.count(b"AAPL") for group in (everything, prefixed, twice, conflating)] == [1] * 4
    assert b"AAPL" not in other.symbols
    assert index.learn(b"AAPL") is index.known[b"AAPL"]
    for group in (named, everything, prefixed, twice, conflating, other):
        index.remove(group)
    assert index.is_empty


def test_a_bar_that_comes_is_wanted_where_its_symbol_and_its_interval_are() -> None:
    index = SymbolIndex(1)
    wanting = group_of(index, "A*", 100, BarSelection(("1m",)))
    other = group_of(index, "A*", 100, BarSelection(("1s",)))
    elsewhere = group_of(index, "A*", 0, BarSelection(("1m",), parse_selection("B*", 10)))
    assert set(index.learn_bar(b"AAPL\t1m")) == {wanting}
    assert (wanting.bars, other.bars, elsewhere.bars) == ([b"AAPL\t1m"], [], [])
    for group in (wanting, other, elsewhere):
        index.remove(group)
    assert index.is_empty


def test_lists_of_names_are_not_asked_about_a_symbol_that_comes() -> None:
    # There are thousands of them, and thousands of symbols come in one batch.
    index = SymbolIndex(1)
    lists = [group_of(index, f"A{number},B{number}", bars=BarSelection(("1m",))) for number in range(10)]
    for group in lists:
        del group.key
    assert not index.learn(b"NEW")
    assert not index.learn_bar(b"NEW\t1m")
    assert set(index.learn(b"A3")) == {lists[3]}


def test_names_that_nobody_publishes_leave_no_memory_behind() -> None:
    index = SymbolIndex(1)
    first = group_of(index, "KEPT,A*")
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        groups = [group_of(index, ",".join(f"X{at}N{n}" for n in range(900))) for at in range(50)]
        held = tracemalloc.get_traced_memory()[0] - before
        for group in groups:
            index.remove(group)
        del groups, group
        gc.collect()
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert left < held / 100
    assert set(index.learn(b"KEPT")) == {first}
