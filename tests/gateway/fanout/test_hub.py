"""The hub: what each subscriber is owed when it joins, is full, or reads on, and what is left of it."""

import asyncio
import json

import pytest

from tests.support.eventually import eventually
from tests.support.market import Market, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.streams.lifecycle import JOINERS


async def test_one_frame_is_built_for_all_who_want_the_same(market: Market) -> None:
    same = [market.join(key("A,B")) for _ in range(3)]
    other = market.join(key("B"))
    market.tick("A", "B", "A")
    await market.settle()
    assert same[0].frames[-1] is same[1].frames[-1] is same[2].frames[-1]
    assert same[0].qs() == [("A", 1), ("B", 1), ("A", 2)]
    assert other.qs() == [("B", 1)]
    assert market.hub.scheduler.frames == 2


async def test_batches_that_come_together_leave_together(market: Market) -> None:
    one = market.join(key())
    for _ in range(10):
        market.tick("A")
    await market.settle()
    assert len(one.frames) == 2
    assert one.qs() == [("A", q) for q in range(1, 11)]


@pytest.mark.parametrize("wanted", ["NEW", "N*", "*", "NEW,N*", "OLD,NEW"])
async def test_a_symbol_that_first_ticks_later_reaches_all_who_asked_for_it(
    market: Market, wanted: str
) -> None:
    market.tick("OLD")
    every, conflated = market.join(key(wanted)), market.join(key(wanted, 250))
    market.tick("NEW")
    market.turn()
    await market.settle()
    assert every.qs() == conflated.qs() == [("NEW", 1)]


async def test_a_full_subscriber_gets_nothing_then_a_gap_and_the_newest_of_what_changed(
    market: Market,
) -> None:
    slow, quick = market.join(key("A,B,C")), market.join(key("A,B,C"))
    market.tick("A", "B", "C")
    await market.settle()
    slow.stuck = True
    market.tick("A")
    await market.settle()
    held = len(slow.frames)
    assert slow.state is State.LAGGING
    for _ in range(5):
        market.tick("A", "B")
        await market.settle()
    assert len(slow.frames) == held
    slow.release()
    gap, snapshot = slow.events()[-2:]
    assert json.loads(gap.data)["reason"] == "slow"
    assert json.loads(gap.data)["to"].encode() == snapshot.id
    assert [(tick["S"], tick["q"]) for tick in json.loads(snapshot.data)] == [("A", 7), ("B", 6)]
    market.tick("C")
    await market.settle()
    assert slow.qs()[-1] == quick.qs()[-1] == ("C", 2)
    assert market.hub.gaps.sent["slow"] == 1


async def test_a_full_subscriber_that_missed_nothing_is_told_of_no_gap(market: Market) -> None:
    slow = market.join(key("A"))
    slow.stuck = True
    market.tick("A")
    await market.settle()
    market.tick("B")
    slow.release()
    assert "gap" not in slow.names()
    market.tick("A")
    await market.settle()
    assert slow.qs() == [("A", 1), ("A", 2)]


async def test_conflation_gives_the_newest_at_a_turn_and_nothing_between(market: Market) -> None:
    calm = market.join(key("A,B", 250))
    for _ in range(4):
        market.tick("A")
    await market.settle()
    assert calm.qs() == []
    market.turn()
    await market.settle()
    market.turn()
    await market.settle()
    assert calm.qs() == [("A", 4)]


async def test_who_joins_between_turns_misses_nothing_and_gets_nothing_old(market: Market) -> None:
    market.join(key("A", 250))
    market.tick("A")
    late = market.join(key("A", 250))
    market.tick("A")
    market.turn()
    await market.settle()
    assert late.names() == ["snapshot", "tick"]
    assert late.qs() == [("A", 2)]


@pytest.mark.parametrize("interval", [0, 250])
async def test_a_gap_of_the_feed_reaches_everyone_with_what_is_newest(market: Market, interval: int) -> None:
    one = market.join(key("A,B", interval))
    market.tick("A")
    market.lose("B", "B", reason="retention")
    await market.settle()
    gap = next(event for event in one.events() if event.type == b"gap")
    assert json.loads(gap.data)["reason"] == "retention"
    found = json.loads(one.events()[-1].data)
    assert {"S": "B", "q": 2} in found
    assert market.hub.gaps.sent["retention"] == 1


async def test_what_comes_behind_a_gap_before_it_is_told_follows_its_snapshot(market: Market) -> None:
    one = market.join(key("A,B"))
    market.tick("A")
    market.lose("A", "A", "B")
    market.tick("A", "B")
    market.lose("B", "B")
    market.tick("B")
    # Thousands of lists would hold everybody up: what each is told is made with its frame.
    (group,) = market.hub.groups.values()
    assert b"gap" not in b"".join(group.pending)
    await market.settle()
    told = [(event.type.decode(), json.loads(event.data)) for event in one.events()][1:]
    assert [name for name, _ in told] == [
        "tick",
        "gap",
        "snapshot",
        "tick",
        "tick",
        "gap",
        "snapshot",
        "tick",
    ]
    assert told[2][1] == [{"S": "A", "q": 3}, {"S": "B", "q": 1}]
    # Another epoch: what follows is whole.
    assert told[6][1] == [{"S": "A", "q": 4}, {"S": "B", "q": 4}]
    assert one.qs()[-1] == ("B", 5)
    assert [told[1][1]["to"], told[5][1]["to"]] == [one.events()[3].id.decode(), one.events()[7].id.decode()]


@pytest.mark.parametrize("interval", [0, 250])
async def test_who_was_full_when_the_feed_turned_is_told_once_it_reads_on(
    market: Market, interval: int
) -> None:
    slow = market.join(key("A", interval))
    slow.stuck = True
    market.tick("A")
    market.turn()
    await market.settle()
    market.hub.announce_status()
    await market.settle()
    assert "status" not in slow.names()
    slow.release()
    assert slow.names().count("status") == 1


@pytest.mark.parametrize("interval", [0, 250])
async def test_nothing_is_left_of_those_who_have_gone(market: Market, interval: int) -> None:
    market.tick("KNOWN")
    for wanted in ("KNOWN", "UNKNOWN", "K*", "*"):
        here, slow = market.join(key(wanted, interval)), market.join(key(wanted, interval))
        slow.stuck = True
        market.tick("KNOWN")
        market.tick("LATER")
        market.turn()
        await market.settle()
        here.lost()
        here.lost()
        slow.lost()
        slow.release()
    hub = market.hub
    assert not any([market.streams.registry, hub.groups, market.streams.slow.full])
    assert hub.index.is_empty
    assert not hub._wheel._groups


async def test_of_many_joiners_a_bounded_number_comes_in_behind_one_frame(market: Market) -> None:
    first = market.join(key())
    market.tick("A")
    others = [market.join(key()) for _ in range(2 * JOINERS + 1)]
    assert {other.state for other in others} == {State.JOINING}

    rounds, counts = market.hub.scheduler.rounds, []
    while len(counts) < 3:
        await asyncio.sleep(0)
        if market.hub.scheduler.rounds > rounds:
            rounds = market.hub.scheduler.rounds
            counts.append(sum(other.state is State.LIVE for other in others))

    assert counts == [JOINERS, 2 * JOINERS, len(others)]
    market.tick("A")
    await market.settle()
    assert {other.qs()[-1] for other in [first, *others]} == {("A", 2)}


async def test_all_joiners_of_a_conflating_group_come_in_at_its_turn(market: Market) -> None:
    market.join(key(interval=50))
    market.tick("A")
    others = [market.join(key(interval=50)) for _ in range(2 * JOINERS)]

    await eventually(lambda: any(other.state is State.LIVE for other in others))

    assert {other.state for other in others} == {State.LIVE}


async def test_who_is_full_for_a_moment_gets_what_was_kept_back_exactly(market: Market) -> None:
    market.streams.slow.brief = 60.0
    one = market.join(key())
    one.stuck = True
    market.tick("A")
    await market.settle()
    market.tick("A", "B", "A")
    await market.settle()

    one.release()
    await market.settle()
    market.tick("B")
    await market.settle()

    assert "gap" not in one.names()
    assert one.qs() == [("A", 1), ("A", 2), ("B", 1), ("A", 3), ("B", 2)]


async def test_who_is_full_in_the_middle_of_a_round_hears_of_the_gap_that_came_meanwhile(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every look at the clock ends a slice: the round goes on in the next turn of the loop.
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", -1.0)
    many = [market.join(key("A")) for _ in range(100)]
    market.tick("A")
    # The first slice has no event of its own.
    while not any(one.qs() for one in many):  # noqa: ASYNC110
        await asyncio.sleep(0)
    late = many[-1]
    assert not late.qs()
    late.stuck = True
    market.lose("A")
    await market.settle()
    assert late.qs() == [("A", 1)]
    late.release()
    assert "gap" in late.names()
    assert json.loads(late.events()[-1].data) == [{"S": "A", "q": 2}]
