"""Rounds of fan-out: in slices, and with rests."""

import asyncio

import pytest

from gateway import fan_out
from gateway.fan_out import LOOK
from tests.support.market import Market, MemorySubscriber, key


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock finds the time used up, as on a machine that is slow enough."""
    monkeypatch.setattr(fan_out, "SLICE", -1.0)


async def test_a_round_over_many_lets_others_work_between_its_slices(market: Market) -> None:
    members = [market.join(key()) for _ in range(4 * LOOK)]
    seen = []

    def look() -> None:
        seen.append(sum(len(member.frames) > 1 for member in members))
        if seen[-1] < len(members):
            asyncio.get_running_loop().call_soon(look)

    market.tick("A")
    look()
    await market.settle()
    assert [count for count in seen if 0 < count < len(members)] == [LOOK, 2 * LOOK, 3 * LOOK]
    assert market.hub.fan_out.deliveries == market.hub.fan_out.ticks_out == len(members)


async def test_who_leaves_or_comes_between_two_slices_is_treated_rightly(market: Market) -> None:
    members = [market.join(key()) for _ in range(2 * LOOK)]
    market.tick("A")
    while not any(len(member.frames) > 1 for member in members):  # noqa: ASYNC110
        await asyncio.sleep(0)
    members[-1].lost()
    late = market.join(key())
    market.tick("A")
    await market.settle()
    assert members[-1].qs() == []
    assert members[-2].qs() == [("A", 1), ("A", 2)]
    # Its snapshot has the first and the second, or it has the second by itself.
    assert late.names() in (["snapshot", "tick"], ["snapshot"])
    assert b'"q":2' in late.frames[-1]


async def test_who_fills_up_late_in_a_round_lacks_what_came_during_it(market: Market) -> None:
    members = [market.join(key()) for _ in range(2 * LOOK)]
    members[-1].stuck = True
    market.tick("A")
    while not any(len(member.frames) > 1 for member in members):  # noqa: ASYNC110
        await asyncio.sleep(0)
    market.tick("A")
    await market.settle()
    members[-1].release()
    assert members[-1].names() == ["snapshot", "tick", "gap", "snapshot"]
    assert b'"q":2' in members[-1].frames[-1]


@pytest.mark.parametrize("interval", [0, 50])
async def test_after_every_tick_a_round_rests_twice_as_long_as_it_took_and_after_turns_not_at_all(
    interval: int, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    market.join(key(interval=interval))
    began, ended = [], []

    def slowly(self: MemorySubscriber, frame: bytes) -> None:
        # The loop is kept busy on purpose, as many deliveries would.
        began.append(loop.time())
        until = began[-1] + 0.05
        while loop.time() < until:
            pass
        ended.append(loop.time())

    monkeypatch.setattr(MemorySubscriber, "write", slowly)
    for ticks in ("A", "AA"):
        market.tick(*ticks)
        market.turn()
        await market.settle()
    assert len(ended) == 2
    rest = began[1] - ended[0]
    assert rest > 0.09 if interval == 0 else rest < 0.05


async def test_after_it_is_closed_nothing_is_sent(market: Market) -> None:
    member = market.join(key())
    market.tick("A")
    market.hub.close()
    await asyncio.sleep(0)
    assert member.names() == ["snapshot"]
