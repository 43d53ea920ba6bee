"""A stream that changes what it wants: nothing of what stays is lost or repeated, wherever it stands."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.market import Market, MemorySubscriber, key
from tests.support.watchlist import WatchlistReader
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.selection import parse_entries, parse_selection


def change(market: Market, one: MemorySubscriber, add: str = "", drop: str = "") -> None:
    """Ask for a change of the list that counts now."""
    wanted = one.wanted or one.asked
    selection = wanted.selection.changed(parse_entries(add.split()), parse_entries(drop.split()))
    market.streams.change_key(one, wanted._replace(selection=selection))


async def test_added_symbols_start_with_their_newest_tick_and_dropped_ones_end(market: Market) -> None:
    market.tick("A", "B", "C")
    one = market.join(key("A,B"))
    market.tick("C")
    change(market, one, "C", "A")
    market.tick("A", "B", "C")
    await market.settle()
    _hello, symbols, snapshot, *_ = one.events()
    assert json.loads(symbols.data) == {"symbols": 2, "added": ["C"], "dropped": ["A"]}
    assert json.loads(snapshot.data) == [{"S": "C", "q": 2}]
    assert snapshot.id
    assert one.qs() == [("B", 2), ("C", 3)]
    assert [*market.hub.groups] == [key("B,C")]


async def test_what_waits_for_the_next_frame_comes_before_the_change(market: Market) -> None:
    one, other = market.join(key("A,B")), market.join(key("A,B"))
    market.tick("A", "B")
    market.hub.announce_status()
    change(market, one, drop="A")
    market.tick("A", "B")
    await market.settle()
    assert one.names() == ["snapshot", "tick", "tick", "status", "symbols", "tick"]
    assert one.qs() == [("A", 1), ("B", 1), ("B", 2)]
    assert other.qs() == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]


async def test_a_gap_that_waits_for_the_next_frame_is_told_before_the_change(market: Market) -> None:
    market.tick("A", "B")
    one = market.join(key("A"))
    market.tick("A")
    market.lose("A", "B")
    change(market, one, "B")
    await market.settle()
    assert one.names() == ["snapshot", "tick", "gap", "snapshot", "symbols", "snapshot"]
    assert json.loads(one.events()[-1].data) == [{"S": "B", "q": 2}]


async def test_a_symbol_that_was_there_by_a_prefix_is_no_news(market: Market) -> None:
    market.tick("AA", "AB", "B")
    one = market.join(key("A*"))
    change(market, one, "AA AB B")
    change(market, one, "", "A*")
    market.tick("AA", "AB", "AC", "B")
    await market.settle()
    snapshots = [json.loads(event.data) for event in one.events() if event.type == b"snapshot"]
    assert snapshots[1:] == [[{"S": "B", "q": 1}]]
    assert one.qs() == [("AA", 2), ("AB", 2), ("B", 2)]


async def test_an_unknown_symbol_gets_an_empty_snapshot_and_its_ticks_when_they_come(market: Market) -> None:
    one = market.join(key("A"))
    change(market, one, "NEW")
    market.tick("NEW")
    await market.settle()
    assert one.names() == ["snapshot", "symbols", "snapshot", "tick"]


async def test_a_change_to_what_is_there_says_nothing(market: Market) -> None:
    one = market.join(key("A,B"))
    change(market, one, "A", "C")
    market.tick("A")
    await market.settle()
    assert one.names() == ["snapshot", "tick"]


async def test_a_list_can_become_empty_and_full_again(market: Market) -> None:
    market.tick("A")
    one = market.join(key("A"))
    change(market, one, drop="A")
    market.tick("A")
    await market.settle()
    assert one.qs() == []
    change(market, one, "*")
    market.tick("A", "B")
    await market.settle()
    assert one.qs() == [("A", 3), ("B", 1)]


@pytest.mark.parametrize("interval", [0, 250])
async def test_bars_that_wait_for_a_frame_come_before_the_change_and_once(
    market: Market, interval: int
) -> None:
    one = market.join(key("A,B", interval, "1s"))
    other = market.join(key("A,B", interval, "1s"))
    market.tick("A", "B", bars=["A\t1s", "B\t1s"])
    change(market, one, "C", "A")
    market.tick("A", "B", "C", bars=["A\t1s", "B\t1s", "C\t1s"])
    market.turn()
    await market.settle()
    assert one.bars()[:2] == other.bars()[:2]
    assert [bar for bar, _ in one.bars()] == ["A\t1s", "B\t1s", "B\t1s", "C\t1s"]
    assert len(other.bars()) == 4
    assert one.names().index("symbols") > one.names().index("bar")


async def test_bars_change_like_symbols_and_start_with_the_newest(market: Market) -> None:
    market.tick("A", "B", bars=["A\t1s", "A\t1m", "B\t1m"])
    one = market.join(key("A", bars="1s"))
    market.tick("A", bars=["A\t1s", "A\t1m"])
    await market.settle()
    market.streams.change_key(one, key("A", bars="1m", bars_of="A,B"))
    market.tick("A", bars=["A\t1s", "A\t1m"])
    await market.settle()
    after = one.names().index("symbols")
    assert one.names()[after:] == ["symbols", "bar", "bar", "tick", "bar"]
    assert [bar for bar, _ in one.bars()[-3:]] == ["A\t1m", "B\t1m", "A\t1m"]


async def test_a_lagging_stream_changes_when_it_comes_back(market: Market) -> None:
    market.tick("A", "B", "C")
    slow = market.join(key("A,B"))
    slow.stuck = True
    market.tick("A")
    await market.settle()
    assert slow.state is State.LAGGING
    change(market, slow, "C", "A")
    change(market, slow, "D")
    market.tick("A", "B", "C")
    await market.settle()
    slow.release()
    market.tick("A", "B", "C", "D")
    await market.settle()
    assert slow.names() == ["snapshot", "tick", "gap", "snapshot", "symbols", "snapshot"] + ["tick"] * 3
    client = WatchlistReader("A,B", exact=True)
    client.read(slow.events())
    assert client.newest == {"B": 3, "C": 3, "D": 1}


async def test_a_stream_that_waits_for_the_turn_of_its_group_changes_at_once(market: Market) -> None:
    market.tick("A", "B")
    market.join(key("A", 10_000))
    market.tick("A")
    one = market.join(key("A", 10_000))
    assert one.state is State.JOINING
    change(market, one, "B")
    market.tick("A", "B")
    assert one.names() == ["snapshot", "symbols", "snapshot"]
    market.turn()
    await market.settle()
    assert one.names() == ["snapshot", "symbols", "snapshot", "tick", "tick"]
    assert one.qs() == [("A", 3), ("B", 2)]


async def test_a_stream_in_the_middle_of_a_round_gets_the_frame_of_it_first(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every look at the clock ends a slice: the round goes on in the next turn of the loop.
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", -1.0)
    many = [market.join(key("A,B")) for _ in range(200)]
    market.tick("A", "B")
    # The first slice has no event of its own.
    while not any(one.qs() for one in many):  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert not all(one.qs() for one in many)
    for one in many:
        change(market, one, "C", "A")
    market.tick("A", "B", "C")
    await market.settle()
    for one in many:
        assert one.qs()[:2] == [("A", 1), ("B", 1)]
        client = WatchlistReader("A,B", exact=True)
        client.read(one.events())
        assert client.newest == {"B": 2, "C": 1}


async def test_who_goes_while_a_change_waits_leaves_nothing_behind(market: Market) -> None:
    one = market.join(key("A"))
    one.stuck = True
    market.tick("A")
    await market.settle()
    change(market, one, "B")
    one.lost()
    assert not market.hub.groups
    assert not market.streams.registry
    assert market.hub.index.is_empty


SYMBOLS = st.sampled_from(["A", "AA", "AB", "B", "C"])
ENTRIES = st.lists(st.sampled_from(["A", "AA", "AB", "B", "C", "A*", "*"]), max_size=3).map(" ".join)
STEPS = st.one_of(
    st.tuples(st.just("tick"), st.lists(SYMBOLS, min_size=1, max_size=4)),
    st.tuples(st.just("change"), st.tuples(ENTRIES, ENTRIES)),
    st.tuples(st.just("change"), st.tuples(ENTRIES, ENTRIES)),
    st.tuples(st.sampled_from(["settle", "turn", "stick", "release", "lose", "status"]), st.none()),
)


@pytest.mark.parametrize("interval", [0, 250])
@settings(deadline=None, max_examples=300)
@given(first=st.sampled_from(["A,B", "A*", "*", "C"]), steps=st.lists(STEPS, max_size=30))
async def test_any_changes_at_any_moments_leave_exactly_what_is_wanted(
    interval: int, first: str, steps: list[tuple[str, object]]
) -> None:
    market = Market()
    one, still = market.join(key(first, interval, "1s")), market.join(key(first, interval, "1s"))
    wanted, epoch = parse_selection(first, 100), market.hub.ring.epoch
    for step, what in [*steps, ("release", None), ("settle", None), ("turn", None), ("settle", None)]:
        if step == "tick":
            market.tick(*what, bars=[f"{symbol}\t1s" for symbol in dict.fromkeys(what)])  # type: ignore[misc]
        elif step == "change":
            add, drop = what  # type: ignore[misc]
            wanted = wanted.changed(parse_entries(add.split()), parse_entries(drop.split()))
            change(market, one, add, drop)
        elif step == "settle":
            await market.settle()
        elif step == "turn":
            market.turn()
        elif step == "stick":
            one.stuck = True
        elif step == "release":
            one.release()
        elif step == "lose":
            market.lose("A", "B", bars=["A\t1s"])
        else:
            market.hub.announce_status()
    client = WatchlistReader(first, interval == 0, epoch)
    client.read(one.events())
    assert one.asked.selection == client.selection == wanted
    assert one.group.key.selection == wanted.normal()
    assert client.newest == {symbol: q for symbol, q in market.counts.items() if client.wants(symbol)}
    assert client.bars == {
        (symbol, "1s"): market.bar_counts[f"{symbol}\t1s"]
        for symbol in market.counts
        if client.wants(symbol) and f"{symbol}\t1s" in market.bar_counts
    }
    WatchlistReader(first, interval == 0, epoch).read(still.events())
    one.lost()
    still.lost()
    assert not (market.hub.groups)
    assert market.hub.index.is_empty
    market.hub.close()


async def test_lists_that_mean_the_same_are_one_group_and_each_stream_keeps_its_own(market: Market) -> None:
    market.tick("AA", "AB", "B")
    long, short = market.join(key("A*,AA,AAA*,B")), market.join(key("A*,B"))
    assert long.group is short.group
    assert long.group.symbols == [b"AA", b"AB", b"B"]
    assert long.held > short.held == 0
    # Without the prefix that covered them, its own names and prefixes are left.
    change(market, long, "", "A*")
    change(market, short, "", "A*")
    assert (long.group.key.selection.entries, short.group.key.selection.entries) == (
        ["AA", "B", "AAA*"],
        ["B"],
    )
    market.tick("AA", "AB", "AAAA", "B")
    await market.settle()
    assert (long.qs(), short.qs()) == ([("AA", 2), ("AAAA", 1), ("B", 2)], [("B", 2)])
    for each in (long, short):
        each.lost()
    assert market.hub.bytes.used == 0


async def test_a_change_of_the_list_alone_is_announced_and_moves_nobody(market: Market) -> None:
    market.tick("AA", "AB")
    one = market.join(key("A*,AA"))
    group = one.group
    change(market, one, "", "AA")
    market.tick("AA")
    await market.settle()
    [symbols] = [json.loads(event.data) for event in one.events() if event.type == b"symbols"]
    assert symbols == {"symbols": 2, "added": [], "dropped": ["AA"]}
    assert (one.group, one.held, one.qs()) == (group, 0, [("AA", 2)])


async def test_bars_of_the_same_symbols_are_the_bars_of_the_list(market: Market) -> None:
    assert market.join(key("A,B", 0, "1s", "A,B")).group is market.join(key("A,B", 0, "1s")).group
