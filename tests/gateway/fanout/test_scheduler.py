"""Rounds of fan-out: in slices, and with rests."""

import asyncio

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.member import State
from tickcast.gateway.fanout.rest import Rest
from tickcast.gateway.fanout.scheduler import LOOK


class Twice(Rest):
    """Rests twice as long as the work took."""

    def after(self, now: float, work: float) -> float:
        return 2 * work


@pytest.fixture(autouse=True)
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock finds the time used up, as on a machine that is slow enough."""
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", -1.0)


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was logged as a failure."""
    said: list[str] = []
    monkeypatch.setattr(
        "tickcast.gateway.fanout.scheduler.log.exception", lambda text, **_: said.append(text), raising=False
    )
    return said


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
    assert market.hub.scheduler.deliveries == market.hub.scheduler.ticks_out == len(members)


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
async def test_after_every_tick_a_busy_gateway_rests_in_proportion_and_after_turns_not_at_all(
    interval: int, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    market.hub.scheduler.rest = Twice(1.0, loop.time, loop.time)
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
    for _ in range(6):
        market.tick("A")
        market.turn()
        await market.settle()
    assert len(ended) == 6
    # The shortest: a busy machine may add to any of them.
    rest = min(begin - end for end, begin in zip(ended[:-1], began[1:], strict=True))
    assert rest > 0.09 if interval == 0 else rest < 0.05


async def test_a_gateway_with_room_does_not_rest(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_at", None)  # a rest would need a timer
    member = market.join(key())
    for _ in range(6):
        market.tick("A")
        while market.hub.scheduler.dirty:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert len(member.qs()) == 6


async def test_a_round_over_many_groups_rests_between_its_pieces_and_serves_each_group_once(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.fanout.scheduler.PIECE", -1.0)
    monkeypatch.setattr("tickcast.gateway.fanout.scheduler.LOOK", 1)
    loop, scheduler, rests = asyncio.get_running_loop(), market.hub.scheduler, []

    class Noted(Rest):
        def after(self, now: float, work: float) -> float:
            rests.append([len(member.qs()) for member in members])
            # A tick during the rest is of the next round, but in the frames of groups not yet served.
            if len(rests) == 1:
                market.tick("A")
            return 0.0

    scheduler.rest = Noted(1.0, loop.time, loop.time)
    members = [market.join(key(symbols)) for symbols in ("A", "A,B", "A,C")]
    market.tick("A")
    await market.settle()
    assert rests == [[1, 0, 0], [1, 2, 0], [1, 2, 2], [2, 2, 2]]
    assert scheduler.rounds == 2


async def test_a_turn_does_not_wait_for_the_rest_after_every_tick(market: Market) -> None:
    exact, calm = market.join(key()), market.join(key(interval=50))
    market.hub.scheduler._rest_until = asyncio.get_running_loop().time() + 3600
    market.tick("A")
    market.turn()
    while not calm.qs():  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert exact.qs() == []
    market.hub.scheduler._rest_until = 0
    market.tick("A")
    await market.settle()
    assert exact.qs() == [("A", 1), ("A", 2)]


async def test_a_turn_does_not_wait_for_the_end_of_a_round(market: Market) -> None:
    calm, members = market.join(key(interval=50)), [market.join(key()) for _ in range(4 * LOOK)]
    market.tick("A")
    while not members[0].qs():  # noqa: ASYNC110
        await asyncio.sleep(0)
    market.turn()
    while not calm.qs():  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert members[-1].qs() == []
    await market.settle()
    assert [member.qs() for member in members] == [[("A", 1)]] * len(members)


async def test_a_stream_that_fails_is_cut_and_nobody_else_misses_anything(
    market: Market, failed: list[str]
) -> None:
    class Failing(MemorySubscriber):
        def write(self, frame: bytes) -> None:
            if b"event: tick" in frame:
                raise RuntimeError("this stream alone")
            super().write(frame)

    failing, other, apart = market.join(key(), Failing()), market.join(key()), market.join(key("A"))
    market.tick("A")
    await market.settle()
    market.tick("A")
    await market.settle()
    assert failing.ended == "aborted"
    assert other.qs() == apart.qs() == [("A", 1), ("A", 2)]
    assert (failed, market.hub.scheduler.failures) == (["a stream failed and is cut"], 1)
    assert failing not in market.streams.registry


async def test_a_group_that_fails_is_cut_and_the_others_go_on(
    market: Market, failed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    members, other = [market.join(key("A")) for _ in range(2)], market.join(key())
    take = Group.take

    def fails(group: Group) -> tuple[bytes, int, int]:
        if group is members[0].group:
            raise RuntimeError("this group alone")
        return take(group)

    monkeypatch.setattr(Group, "take", fails)
    market.tick("A")
    await market.settle()
    market.tick("A")
    await market.settle()
    assert [member.ended for member in members] == ["aborted", "aborted"]
    assert other.qs() == [("A", 1), ("A", 2)]
    assert failed == ["a group failed, its streams are cut"]
    assert set(market.streams.registry) == {other}


async def test_after_it_is_closed_nothing_is_sent(market: Market) -> None:
    member = market.join(key())
    market.tick("A")
    market.hub.close()
    await asyncio.sleep(0)
    assert member.names() == ["snapshot"]


async def test_more_joiners_than_one_turn_lets_in_come_in_right_behind_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.streams.lifecycle.JOINERS_OF_TURN", 2)
    market.join(key(interval=10_000))
    market.tick("A")
    late = [market.join(key(interval=10_000)) for _ in range(5)]
    assert {member.state for member in late} == {State.JOINING}
    market.turn()
    await market.settle()
    assert {member.state for member in late} == {State.LIVE}
    market.tick("A")
    market.turn()
    await market.settle()
    assert [member.qs() for member in late] == [[("A", 2)]] * 5


async def test_a_frame_between_two_turns_brings_no_turn_forward_however_many_wait_to_join(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.streams.lifecycle.JOINERS_OF_TURN", 2)
    first = market.join(key(interval=3_600_000))
    market.tick("A")
    late = [market.join(key(interval=3_600_000)) for _ in range(5)]
    market.hub.announce_status()
    await market.settle()
    assert first.names() == ["snapshot", "status"]
    assert [member.names() for member in late] == [["snapshot", "status"]] * 5
    assert {member.state for member in late} == {State.JOINING}
    market.tick("A")
    market.turn()
    await market.settle()
    assert [member.qs() for member in (first, *late)] == [[("A", 2)]] * 6
