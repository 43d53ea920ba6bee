"""`bye`: its id is the stream's cursor, never ahead of what the client was sent, never behind it."""

import json

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.request import GroupKey, StreamRequest
from tickcast.gateway.streams.resume import Resume


def come(resume: Resume, wanted: GroupKey, cursor: str = "", *, stuck: bool = False) -> MemorySubscriber:
    """Return a stream that `resume` has opened."""
    subscriber = MemorySubscriber()
    subscriber.stuck = stuck
    resume.open(subscriber, StreamRequest(wanted, True, cursor))
    return subscriber


def end(resume: Resume, subscriber: MemorySubscriber) -> str:
    """End a stream; return the id of its `bye`."""
    resume.closing.bye(subscriber, "drain", 250)
    assert subscriber.names()[-1] == "bye"
    return subscriber.events()[-1].id.decode()


def own_id(subscriber: MemorySubscriber, name: str) -> bool:
    """Tell whether an event of this name has an id line of its own."""
    body = b"".join(subscriber.frames)
    event = body[body.index(b"event: " + name.encode()) :]
    return b"\nid: " in event[: event.index(b"\n\n")]


@pytest.fixture
async def resume(market: Market) -> Resume:
    return market.resume()


async def test_a_resumed_hello_repeats_the_cursor_and_a_new_one_has_none(
    market: Market, resume: Resume
) -> None:
    market.tick("A", "A")
    market.tick("A")
    new = come(resume, key("A"))
    assert (new.events()[0].id, json.loads(new.events()[0].data)["resumed"]) == (b"", "new")
    middle = market.ring.cursor
    market.tick("A")
    for cursor, resumed in ((middle, "replayed"), (market.ring.cursor, "live")):
        back = come(resume, key("A"), cursor)
        hello = next(event for event in back.events() if event.type == b"hello")
        assert (hello.id.decode(), json.loads(hello.data)["resumed"]) == (cursor, resumed)


async def test_what_is_no_cursor_is_never_repeated(market: Market, resume: Resume) -> None:
    market.tick("A")
    client = come(resume, key("A"), "x\nevent: bye")
    assert client.names()[0] == "hello"
    assert json.loads(client.events()[0].data)["resumed"] == "reset"
    assert not own_id(client, "hello")


@pytest.mark.parametrize("interval", [0, 1000])
async def test_a_live_stream_ends_with_the_cursor_of_what_it_was_sent(
    market: Market, resume: Resume, interval: int
) -> None:
    client = come(resume, key("A", interval))
    await market.settle()
    assert client.state is State.LIVE
    market.tick("A")
    market.turn()
    await market.settle()
    sent = client.events()[-1].id.decode()
    assert sent == market.ring.cursor
    market.tick("A")  # pending, in no frame yet
    assert end(resume, client) == sent
    assert own_id(client, "bye")


async def test_a_stream_that_joined_after_the_newest_frame_is_not_set_back_to_it(
    market: Market, resume: Resume
) -> None:
    first = come(resume, key("A"))
    await market.settle()
    market.tick("A")
    await market.settle()
    market.tick("B")  # moves the feed on, and is in no frame of this group
    second = come(resume, key("A"))
    await market.settle()
    assert second.state is State.LIVE
    assert end(resume, second) == market.ring.cursor
    assert first.state is State.LIVE


async def test_a_stream_that_ends_while_its_frame_is_written_gets_the_frame_first(
    market: Market, resume: Resume
) -> None:
    class Ending(MemorySubscriber):
        """Ends another stream as soon as a tick reaches this one."""

        other: MemorySubscriber

        def write(self, frame: bytes) -> None:
            super().write(frame)
            if b"event: tick" in frame:
                resume.closing.bye(self.other, "drain", 250)

    ending = Ending()
    resume.open(ending, StreamRequest(key("A"), True, ""))
    await market.settle()
    ending.other = come(resume, key("A"))
    await market.settle()
    market.tick("A")
    await market.settle()
    assert ending.other.names()[-2:] == ["tick", "bye"]
    assert ending.other.events()[-1].id.decode() == market.ring.cursor


async def test_a_stream_that_ends_within_its_snapshot_claims_nothing(market: Market, resume: Resume) -> None:
    market.tick(*[f"SYMBOL{number}" for number in range(9000)])
    client = come(resume, key(), stuck=True)
    assert client.backlog
    assert end(resume, client) == ""


async def test_a_stream_that_ends_within_its_replay_claims_the_last_tick_it_was_sent(
    market: Market, resume: Resume
) -> None:
    market.tick("A")
    cursor = market.ring.cursor
    for _ in range(100):
        market.tick(*"ABCD" * 25)
    client = come(resume, key(), cursor, stuck=True)
    assert client.backlog or client.replay
    sent = [event.id.decode() for event in client.events()][-1]
    assert sent != cursor
    assert end(resume, client) == sent


@pytest.mark.parametrize("known", [True, False])
async def test_a_stream_that_waits_for_its_cursor_keeps_it(
    market: Market, resume: Resume, known: bool
) -> None:
    there = Market()
    market.tick("A")
    there.tick("A")
    if not known:
        there.lose("A", reason="feed")
    there.tick("A")
    client = come(resume, key("A"), there.ring.cursor)
    assert client.state is State.WAITING
    assert end(resume, client) == there.ring.cursor


async def test_a_stream_that_lags_claims_no_more_than_its_buffer_holds(
    market: Market, resume: Resume
) -> None:
    client = come(resume, key("A"))
    await market.settle()
    client.stuck = True
    market.tick("A")
    await market.settle()
    assert client.state is State.LAGGING
    sent = market.ring.cursor
    market.tick("A")
    await market.settle()
    assert end(resume, client) == sent


async def test_a_client_that_does_not_read_its_last_bytes_is_cut(market: Market) -> None:
    market.tick("A")
    reading, stuck = market.join(key("A")), market.join(key("A"))
    await market.settle()
    stuck.stuck = True
    for each in (reading, stuck):
        market.streams.end(each, lambda cursor: events.bye("max_age", 1000, cursor))
    slow = market.streams.slow
    assert slow.ending == {stuck}
    slow.cut_stalled()
    assert stuck.ended == "finished"
    slow._stall = -1.0
    slow.cut_stalled()
    assert (reading.ended, stuck.ended, slow.ending, slow.stalled) == ("finished", "aborted", set(), 1)
    assert not market.hub.groups
