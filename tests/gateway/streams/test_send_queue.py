"""Returns: after an overload thousands of sockets drain at once, and the loop must stay free."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.limits.payers import Payers, share_of
from tickcast.gateway.limits.work import Work
from tickcast.gateway.streams.send_queue import STREAMS_AT_ONCE, SendQueue


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
    monkeypatch.setattr("tickcast.runtime.slices.SHORT", 3600.0)
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
    monkeypatch.setattr("tickcast.runtime.slices.SHORT", 0.0)
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


@pytest.mark.parametrize("whose", [("greedy", None), ("address", "greedy")])
async def test_those_who_have_had_their_share_are_left_alone_until_it_is_paid(
    whose: tuple[str, str | None],
) -> None:
    now = 0.0
    work, done = Work(rate=1, clock=lambda: now), list[Any]()
    work.charge(whose[0] if whose[1] is None else share_of(whose[1]), 0.2)
    queue = SendQueue(done.append, work)
    for _ in range(3 * STREAMS_AT_ONCE):
        payers = Payers(work, *whose)
        queue.add(SimpleNamespace(payers=payers, state=State.OPENING, lagged=False))  # type: ignore[arg-type]
    await eventually(lambda: work.held == 3 * STREAMS_AT_ONCE)
    queue._release(Payers(work, *whose).key)
    for _ in range(5):
        await asyncio.sleep(0)
    # None had its turn just to be held once more.
    assert (work.held, done) == (3 * STREAMS_AT_ONCE, [])
    now = 1000.0
    queue._release(Payers(work, *whose).key)
    await eventually(lambda: len(done) == 3 * STREAMS_AT_ONCE)
