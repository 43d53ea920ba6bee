"""Those ahead: everyone goes on as soon as its cursor is reached, whoever else waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.eventually import eventually
from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.store.ring import MIN_KNOWN, Ring
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.streams.waiting import CursorQueue
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import Cursor, decode_cursor
from tickcast.wire.position import START, Position

EPOCH = "0123456789abcdef"
places = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))


@given(st.lists(places, min_size=1, max_size=12), st.lists(st.integers(0, 2), max_size=30), st.data())
def test_exactly_those_go_on_that_are_ahead_in_no_partition(
    waiting: list[tuple[int, int, int]], batches: list[int], data: st.DataObject
) -> None:
    ring = Ring(3, 60, 1 << 30)
    for partition in range(3):
        ring.restart([(partition, EPOCH, START)])
    epoch = decode_cursor(ring.cursor).epoch
    ahead, there, at = CursorQueue(ring), dict[MemorySubscriber, tuple[int, int, int]](), [0, 0, 0]
    for place in waiting:
        subscriber = MemorySubscriber()
        waits = ahead.add(subscriber, Cursor(epoch, tuple(Position(ms, 0) for ms in place)))
        assert waits == any(place)
        if waits:
            there[subscriber] = place
    gone = data.draw(st.sampled_from([*there])) if there and data.draw(st.booleans()) else None
    if gone is not None:
        del there[gone]
        ahead.discard(gone)
    for partition in batches:
        at[partition] += 1
        ring.begin(partition, Batch(EPOCH, Position(at[partition], 0), START, 1, []))
        found = set()
        while (subscriber := ahead.reached()) is not None:  # type: ignore[assignment]
            found.add(subscriber)
        wanted = {who for who, place in there.items() if all(map(int.__le__, place, at))}
        assert found == wanted
        for who in wanted:
            del there[who]


def test_a_new_epoch_of_one_partition_takes_nobody_back_in_another() -> None:
    ring = Ring(2, 60, 1 << 30)
    ring.restart([(0, EPOCH, START), (1, EPOCH, START)])
    queue, subscriber = CursorQueue(ring), MemorySubscriber()
    cursor = Cursor(decode_cursor(ring.cursor).epoch, (Position(5, 0), Position(5, 0)))
    assert queue.add(subscriber, cursor)
    ring.restart([(0, "fedcba9876543210", Position(9, 0))])
    assert queue.reached() is None
    assert ring.ahead_in(cursor) == 1
    ring.begin(1, Batch(EPOCH, Position(5, 0), START, 1, []))
    assert queue.reached() is subscriber


def test_a_gateway_remembers_a_few_of_its_epochs() -> None:
    ring = Ring(2, 60, 1 << 30)
    ring.restart([(0, EPOCH, START), (1, EPOCH, START)])
    cursor = Cursor(decode_cursor(ring.cursor).epoch, (Position(5, 0), Position(5, 0)))
    for number in range(MIN_KNOWN + ring.partitions):
        assert ring.is_ahead(cursor)
        ring.restart([(0, f"{number:016x}", START)])
    assert not ring.is_ahead(cursor)


def come(here: Market, there: Market, doors: Resume, many: int) -> list[MemorySubscriber]:
    """Let many come that have what is newest there."""
    came = [MemorySubscriber() for _ in range(many)]
    for each in came:
        doors.open(each, StreamRequest(key("A"), True, there.ring.cursor))
    assert {each.state for each in came} == {State.WAITING}
    return came


async def test_a_batch_that_reaches_nobody_costs_a_look_at_one(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, doors = Market(), market.resume()
    for _ in range(10):
        there.tick("A")
    come(market, there, doors, 100)
    looks = []
    monkeypatch.setattr(Ring, "ahead_in", lambda *_: looks.append(1))
    market.tick("A")
    doors.waiting.progress()
    assert not looks
    there.hub.close()


async def test_many_that_are_reached_at_once_go_on_in_slices(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", -1.0)
    there, doors = Market(), market.resume()
    there.tick("A")
    came = come(market, there, doors, 100)
    market.tick("A")
    for _ in range(5):
        # However many batches come in one turn of the loop.
        doors.waiting.progress()
    assert sum(each.state is State.WAITING for each in came) == 99
    there.tick("A")
    market.tick("A")
    await eventually(lambda: State.WAITING not in {each.state for each in came})
    await market.settle()
    assert all(each.qs() == [("A", 2)] for each in came)
    there.hub.close()


async def test_all_who_wait_are_looked_after_in_slices(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", -1.0)
    there, doors = Market(), market.resume()
    there.tick("A")
    came = come(market, there, doors, 20)
    market.hub.status_number += 1
    doors.waiting.check()
    # They were told once in hello.
    assert sum(each.names().count("status") - 1 for each in came) == 1
    await eventually(lambda: all(each.names().count("status") == 2 for each in came))
    there.hub.close()


async def test_who_waits_hears_heartbeats_as_often_as_it_asked(market: Market) -> None:
    there, doors = Market(), market.resume()
    there.tick("A")
    often, usual = MemorySubscriber(), MemorySubscriber()
    doors.open(often, StreamRequest(key("A")._replace(heartbeat=1000), True, there.ring.cursor))
    doors.open(usual, StreamRequest(key("A"), True, there.ring.cursor))

    def has_heard() -> bool:
        doors.waiting.check()
        return "heartbeat" in often.names()

    await eventually(has_heard)
    assert "heartbeat" not in usual.names()
    there.hub.close()
