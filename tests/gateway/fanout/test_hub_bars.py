"""The hub and bars: every one of them, also for streams with an interval."""

import pytest

from tests.support.market import Market, key


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
