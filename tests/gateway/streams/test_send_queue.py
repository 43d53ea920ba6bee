"""Returns: after an overload thousands of sockets drain at once, and the loop must stay free."""

import asyncio

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.streams.send_queue import STREAMS_AT_ONCE


async def overload(market: Market, members: list[MemorySubscriber]) -> None:
    """Let all of them be stuck, and miss a tick."""
    for member in members:
        member.stuck = True
    for _ in range(2):
        market.tick("A")
        await market.settle()


async def test_of_many_that_drain_at_once_a_bounded_number_goes_on_in_a_turn_of_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However slow the machine is: the time of a turn is another test's.
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", 3600.0)
    market = Market()
    members = [market.join(key()) for _ in range(2 * STREAMS_AT_ONCE + 1)]
    await overload(market, members)

    for member in members:
        member.release()
    counts = []
    for _ in range(3):
        counts.append(sum("gap" in member.names() for member in members))
        await asyncio.sleep(0)

    assert counts == [STREAMS_AT_ONCE, 2 * STREAMS_AT_ONCE, len(members)]
    assert all(b'"q":2' in member.frames[-1] for member in members)
    market.hub.close()


async def test_those_that_take_long_go_on_one_by_one_with_other_work_between(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The time of a turn is used up by the first, as by a snapshot of thousands of symbols.
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", 0.0)
    members = [market.join(key()) for _ in range(3)]
    await overload(market, members)

    for member in members:
        member.release()
    counts = []
    for _ in range(3):
        counts.append(sum("gap" in member.names() for member in members))
        await asyncio.sleep(0)

    assert counts == [1, 2, 3]


async def test_who_leaves_while_waiting_its_turn_is_left_alone() -> None:
    market = Market()
    members = [market.join(key()) for _ in range(STREAMS_AT_ONCE + 1)]
    await overload(market, members)
    for member in members:
        member.release()
    frames = len(members[-1].frames)

    members[-1].lost()
    await market.settle()

    assert len(members[-1].frames) == frames
    assert set(market.streams.registry) == set(members[:-1])
    market.hub.close()
