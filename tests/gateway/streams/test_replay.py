"""Replays: who missed much gets it from the ring as its socket drains, and holds none of it meanwhile."""

import asyncio
import json

import pytest

from tests.support.market import EPOCH, Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.events import batch_events
from tickcast.gateway.protocol.sse import cursor_of
from tickcast.gateway.store.event_log import MAX_LOOKUP
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.lifecycle import PIECES
from tickcast.gateway.streams.standing import Standing
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import decode_cursor, encode_prefix
from tickcast.wire.notice import Retired
from tickcast.wire.position import START, Position


def come_back(
    market: Market, cursor: str, wanted: str = "*", interval: int = 0, bars: str = ""
) -> MemorySubscriber:
    """Return a stream that has come with a cursor, and whose socket is full at once."""
    subscriber = MemorySubscriber()
    subscriber.stuck = True
    market.streams.enter(subscriber, key(wanted, interval, bars))
    numbers = market.ring.numbers(decode_cursor(cursor))
    assert numbers is not None
    count, events = market.streams.missed.resume(subscriber, numbers, cursor)
    market.streams.open(subscriber, events)
    assert count == sum(market.counts.values()) - 1
    return subscriber


async def long_ago(market: Market, batches: int) -> str:
    """Return a cursor behind which there are many batches."""
    market.tick("A")
    cursor = market.ring.cursor
    for _ in range(batches):
        market.tick(*"ABCD" * 25)
    await market.settle()
    return cursor


async def test_what_a_slow_client_missed_is_not_held_for_it(market: Market) -> None:
    slow = come_back(market, await long_ago(market, 100))
    assert market.ring.number > 10 * MAX_LOOKUP
    assert len(slow.qs()) + len(slow.backlog or []) <= MAX_LOOKUP
    assert slow.state is State.OPENING


async def test_it_comes_piece_by_piece_whole_and_in_order_and_live_ticks_follow(market: Market) -> None:
    cursor = await long_ago(market, 100)
    slow, quick = come_back(market, cursor), market.join(key())
    drains = 0
    while slow.state is not State.LIVE:
        slow.release()
        slow.stuck = drains < 20
        drains += 1
        market.tick("A", "E")
        await market.settle()
    assert drains > 10
    market.tick("A")
    await market.settle()
    assert set(slow.names()) == {"tick"}
    for symbol, count in market.counts.items():
        qs = [q for name, q in slow.qs() if name == symbol]
        assert qs == list(range(2 if symbol == "A" else 1, count + 1))
    assert slow.qs()[-1] == quick.qs()[-1]


async def test_when_the_ring_has_let_go_of_the_rest_a_gap_tells_it_from_where_the_client_stands() -> None:
    market = Market(ring_bytes=1 << 20)
    slow = come_back(market, await long_ago(market, 20))
    for _ in range(100):
        market.tick(*"ABCD" * 25)
    await market.settle()
    slow.release()
    await market.settle()
    ticks = [event for event in slow.events() if event.type == b"tick"]
    gap, snapshot = slow.events()[-2:]
    told = json.loads(gap.data)
    assert (told["reason"], told["from"].encode()) == ("slow", ticks[-1].id)
    assert (told["to"].encode(), market.ring.cursor.encode()) == (snapshot.id, snapshot.id)
    assert {tick["S"]: tick["q"] for tick in json.loads(snapshot.data)} == market.counts
    assert slow.state is State.LIVE
    assert market.hub.gaps.sent["slow"] == 1
    market.hub.close()


async def test_a_gap_of_the_feed_is_told_to_one_that_is_still_being_sent_what_it_missed(
    market: Market,
) -> None:
    slow = come_back(market, await long_ago(market, 20))
    market.lose("A", reason="retention")
    slow.release()
    await market.settle()
    gap, snapshot = slow.events()[-2:]
    assert json.loads(gap.data)["reason"] == "retention"
    assert {tick["S"]: tick["q"] for tick in json.loads(snapshot.data)} == market.counts


async def test_a_conflated_stream_gets_the_newest_ticks_then_its_bars_piece_by_piece(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.store.event_log.MAX_LOOKUP", 5)
    market.tick("A")
    cursor = market.ring.cursor
    for _ in range(30):
        market.tick("A", bars=["A\t1s"])
    subscriber = MemorySubscriber()
    market.streams.enter(subscriber, key("A", 250, "1s"))
    numbers = market.ring.numbers(decode_cursor(cursor))
    assert numbers is not None
    count, events = market.streams.missed.resume(subscriber, numbers, cursor)
    assert count == 31
    assert len(events) <= 1 + 5
    market.streams.open(subscriber, events)
    await market.settle()
    assert subscriber.qs() == [("A", 31)]
    assert subscriber.bars() == [("A\t1s", q) for q in range(1, 31)]
    # Its last event alone tells that all of this has come.
    assert subscriber.events()[0].id == b""
    assert subscriber.events()[-1].id.decode() == market.ring.cursor


def held_lists(part: object) -> list[int]:
    """Return the lengths of the collections that an object with slots holds itself, the hub's left out."""
    held = [getattr(part, name) for name in type(part).__slots__]  # type: ignore[attr-defined]
    return [len(each) for each in held if isinstance(each, (list, dict, set, tuple))]


async def test_a_conflated_stream_holds_no_list_of_its_keys_though_symbols_have_left(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.store.event_log.MAX_LOOKUP", 5)
    names = [f"S{at}" for at in range(50)]
    bars = [f"{name}\t1s" for name in names]
    market.tick(*names, bars=bars)
    cursor = market.ring.cursor
    for _ in range(5):
        market.tick(*names, bars=bars)
    market.tick(notices=[Retired(name, "idle") for name in names[:20]])
    subscriber = MemorySubscriber()
    market.streams.enter(subscriber, key("*", 250, "1s"))
    numbers = market.ring.numbers(decode_cursor(cursor))
    assert numbers is not None
    count, first = market.streams.missed.resume(subscriber, numbers, cursor)
    replay = subscriber.replay
    assert replay is not None
    assert max(held_lists(replay)) <= market.ring.partitions
    market.streams.open(subscriber, first)
    await market.settle()
    assert len(subscriber.events()) == count == 20 + 30 + 5 * 30


def test_a_long_replay_of_another_order_keeps_the_cursor_of_one_batch() -> None:
    ring = Ring(2, 60, 1 << 30)
    ring.restart((partition, EPOCH, START) for partition in range(2))
    events = []
    for ms in range(1, 101):
        batch = Batch(EPOCH, Position(ms, 0), Position(ms - 1, 0), 1, [(b"A", b"1"), (b"A", b"2")])
        events += batch_events(batch.ticks, ring.begin(0, batch))
        ring.hold(0, batch, events[-2:])
    came = encode_prefix(ring.epoch, (START, Position(500, 0)), 1)
    standing = Standing(ring, came)
    raised = [standing.raised(event) for event in events]
    assert all(decode_cursor(cursor_of(each)).positions[1] == Position(500, 0) for each in raised)
    assert len({cursor_of(each) for each in raised}) == 200
    assert max(held_lists(standing)) < 10


async def test_one_that_wants_something_else_meanwhile_gets_what_it_missed_first(market: Market) -> None:
    slow = come_back(market, await long_ago(market, 20))
    market.streams.change_key(slow, key("A"))
    assert slow.group.key == key()
    slow.release()
    await market.settle()
    assert slow.group.key == key("A")
    assert len(slow.qs()) == 20 * 100
    assert slow.names()[-2:] == ["symbols", "snapshot"]


async def test_who_goes_away_meanwhile_leaves_nothing(market: Market) -> None:
    slow = come_back(market, await long_ago(market, 20))
    slow.lost()
    slow.release()
    await market.settle()
    assert (slow.backlog, slow.replay) == (None, None)
    assert not market.hub.groups


async def test_a_large_snapshot_goes_out_in_several_turns_of_the_loop(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.protocol.events.ARRAY_BYTES", 100)
    monkeypatch.setattr("tickcast.gateway.streams.lifecycle.PIECE", 100)
    names = [f"S{at}" for at in range(100)]
    market.tick(*names)
    one = market.join(key())
    assert len(one.frames) == PIECES
    await market.settle()
    assert one.state is State.LIVE
    assert len(one.frames) > 3 * PIECES
    told = [tick["S"] for event in one.events() for tick in json.loads(event.data)]
    assert sorted(told) == sorted(names)


async def test_a_turn_of_many_replays_has_bounded_work(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow the machine is: the time of a turn is another test's.
    monkeypatch.setattr("tickcast.runtime.slices.SHORT", 0.0)
    cursor = await long_ago(market, 100)
    clients = [come_back(market, cursor) for _ in range(5)]

    def sent() -> int:
        return sum(len(client.frames) for client in clients)

    for client in clients:
        client.release()
    turns, events = [], len(clients[0].qs())
    while any(client.state is not State.LIVE for client in clients):
        before = sent()
        await asyncio.sleep(0)
        turns.append(sent() - before)
    # Each turn sends the next piece of one of them: some frames, of one look-up.
    assert max(turns) <= PIECES
    assert len(clients[0].qs()) > 10 * events
    assert len(turns) >= 5 * len(clients[0].qs()) // MAX_LOOKUP
