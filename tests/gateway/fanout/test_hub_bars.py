"""The hub and bars: every one of them, also for streams with an interval."""

import json

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.footprint import group_bytes
from tickcast.gateway.fanout.group import EVERY_BAR, MAX_WAITING


async def test_bars_are_not_conflated_and_come_at_the_turn_behind_the_ticks(market: Market) -> None:
    calm = market.join(key("A", 250, bars="1s"))
    for _ in range(3):
        market.tick("A", bars=["A\t1s", "B\t1s"])
    await market.settle()
    assert calm.bars() == []
    market.turn()
    await market.settle()
    assert calm.names() == ["snapshot", "tick", "bar", "bar", "bar"]
    assert calm.bars() == [("A\t1s", q) for q in (1, 2, 3)]
    assert calm.events()[-1].id.decode() == market.ring.cursor


async def test_who_joins_a_conflating_group_between_turns_gets_each_bar_once(market: Market) -> None:
    first = market.join(key("A", 250, bars="1s"))
    market.tick("A", bars=["A\t1s"])
    second = market.join(key("A", 250, bars="1s"))
    market.tick(bars=["A\t1s"])
    market.turn()
    await market.settle()
    market.tick(bars=["A\t1s"])
    market.turn()
    await market.settle()
    assert first.bars() == second.bars() == [("A\t1s", q) for q in (1, 2, 3)]


async def test_who_was_full_alone_in_a_conflating_group_gets_each_bar_once(market: Market) -> None:
    slow = market.join(key("A", 250, bars="1s"))
    slow.stuck = True
    market.hub.announce_status()
    await market.settle()
    market.tick("A", bars=["A\t1s", "A\t1s"])
    slow.release()
    market.tick(bars=["A\t1s"])
    market.turn()
    await market.settle()
    assert slow.bars() == [("A\t1s", q) for q in (1, 2, 3)]


@pytest.mark.parametrize("interval", [0, 250])
async def test_what_the_ring_no_longer_has_of_the_bars_is_told_as_a_gap(interval: int) -> None:
    market = Market(ring_bytes=1000)
    slow = market.join(key("A", interval, bars="1s"))
    slow.stuck = True
    market.hub.announce_status()
    await market.settle()
    for _ in range(20):
        market.tick(bars=["A\t1s", "A\t1m"])
    slow.release()
    await market.settle()
    market.tick(bars=["A\t1s"])
    market.turn()
    await market.settle()
    assert slow.names() == ["snapshot", "status", "gap", "snapshot", "bar", "bar"]
    assert slow.bars() == [("A\t1s", 20), ("A\t1s", 21)]
    market.hub.close()


async def test_bars_that_waited_for_their_turn_come_before_a_gap_of_the_feed(market: Market) -> None:
    calm = market.join(key("A,B", 250, bars="1s"))
    market.tick("A", bars=["A\t1s"])
    market.lose("A", bars=["B\t1s"])
    market.turn()
    await market.settle()
    # The ticks that they count come first. What follows the gap is whole.
    assert calm.names() == ["snapshot", "tick", "bar", "gap", "snapshot", "bar", "bar"]
    assert calm.bars() == [("A\t1s", 1), ("A\t1s", 1), ("B\t1s", 1)]


@pytest.mark.parametrize(
    ("symbols", "bars_of", "wanted"),
    [
        ("A,NEW", None, ["A", "NEW"]),
        ("N*", None, ["NEW"]),
        ("A", "NEW", ["NEW"]),
        ("A", "N*,NEW,A", ["A", "NEW"]),
        ("*", None, ["A", "NEW"]),
        ("A", "*", ["A", "NEW"]),
    ],
)
@pytest.mark.parametrize("interval", [0, 250])
async def test_bars_follow_the_stream_s_own_symbols_or_those_of_bars_of(
    market: Market, interval: int, symbols: str, bars_of: str | None, wanted: list[str]
) -> None:
    market.tick("A", bars=["A\t1s", "A\t1m"])
    one = market.join(key(symbols, interval, "1s", bars_of))
    market.tick("A", "NEW", bars=["A\t1s", "A\t1m", "NEW\t1s", "NEW\t1m"])
    market.turn()
    await market.settle()
    assert set(one.bars()) == {("A\t1s", 1), ("A\t1s", 2), ("NEW\t1s", 1)} & {
        (f"{symbol}\t1s", q) for symbol in wanted for q in (1, 2)
    }
    one.lost()
    assert market.hub.index.is_empty


async def test_bars_are_counted_by_themselves(market: Market) -> None:
    for interval in (0, 250):
        market.join(key("A", interval, "1s"))
    market.tick("A", "A", bars=["A\t1s"])
    market.turn()
    await market.settle()
    assert (market.ingest.ticks, market.ingest.bars) == (2, 1)
    assert (market.hub.scheduler.ticks_out, market.hub.scheduler.bars_out) == (3, 2)


@pytest.mark.parametrize("interval", [0, 250])
async def test_who_moves_to_other_bars_gets_their_newest_and_what_stays_goes_on(
    market: Market, interval: int
) -> None:
    market.tick("A", "B", bars=["A\t1s", "B\t1s", "B\t1m"])
    one, still = [market.join(key("A", interval, "1s")) for _ in range(2)]
    market.tick("A", bars=["A\t1s", "B\t1s"])
    market.streams.change_key(one, key("A", interval, "1s,1m", "A,B"))
    market.tick(bars=["A\t1s", "B\t1m"])
    market.turn()
    await market.settle()
    for _ in range(2):
        market.turn()
        await market.settle()
    assert [q for bar, q in one.bars() if bar == "A\t1s"] == [1, 2, 3]
    assert [q for bar, q in one.bars() if bar == "B\t1s"] == [2]
    assert [q for bar, q in one.bars() if bar == "B\t1m"] == [1, 2]
    assert still.bars() == [("A\t1s", 1), ("A\t1s", 2), ("A\t1s", 3)]


def reasons(stream: MemorySubscriber) -> list[str]:
    """Return the reason of every gap that a stream got."""
    return [json.loads(each.data)["reason"] for each in stream.events() if each.type == b"gap"]


async def test_no_more_bars_wait_for_a_rare_turn_than_a_bound_and_a_gap_says_so(market: Market) -> None:
    rare, usual = market.join(key("A", 3_600_000, bars="1s")), market.join(key("A", EVERY_BAR, bars="1s"))
    group = rare.group
    for _ in range(MAX_WAITING):
        market.tick("A", bars=["A\t1s"])
    assert len(group.waiting_bars) == MAX_WAITING
    market.tick("A", bars=["A\t1s", "A\t1s"])
    assert group.waiting_bars == []
    market.turn()
    await market.settle()
    assert len(usual.bars()) == MAX_WAITING + 2
    assert rare.names() == ["snapshot", "gap", "snapshot", "bar"]
    assert reasons(rare) == ["slow"]
    assert rare.bars() == [("A\t1s", MAX_WAITING + 2)]
    assert market.hub.gaps.sent["slow"] == 1
    market.tick("A", bars=["A\t1s"])
    market.turn()
    await market.settle()
    assert rare.names()[4:] == ["tick", "bar"]


async def test_who_leaves_a_group_whose_bars_were_too_many_is_told_of_the_gap(market: Market) -> None:
    rare = market.join(key("A", 60_000, bars="1s"))
    for _ in range(MAX_WAITING + 1):
        market.tick("A", bars=["A\t1s"])
    market.streams.change_key(rare, key("B", 60_000, bars="1s"))
    await market.settle()
    assert rare.names()[:4] == ["snapshot", "gap", "snapshot", "bar"]


async def test_a_feed_gap_comes_after_that_of_too_many_bars(market: Market) -> None:
    rare = market.join(key("A", 60_000, bars="1s"))
    for _ in range(MAX_WAITING + 1):
        market.tick("A", bars=["A\t1s"])
    market.lose("A", bars=["A\t1s"])
    await market.settle()
    assert reasons(rare) == ["slow", "feed"]


async def test_bars_that_may_wait_for_long_count_as_memory(market: Market) -> None:
    usual = market.join(key("A,B", EVERY_BAR, bars="1s")).group
    rare = market.join(key("A,B", 60_000, bars="1s")).group
    wide = market.join(key("*", 60_000, bars="1s")).group
    assert rare.charged - usual.charged == 64 * 2 * 60
    assert wide.charged > 64 * MAX_WAITING
    assert rare.charged == group_bytes(rare, rare.awaited)
