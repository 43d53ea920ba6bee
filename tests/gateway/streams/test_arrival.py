"""Clients that are ahead of their gateway: none is set back because that gateway is behind."""

import pytest

from tests.support.market import EPOCH, Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.feed.proof import Standing
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol.request import StreamRequest


class Behind:
    """A gateway that follows a feed, and a client that comes from one that is further."""

    def __init__(self, here: Market) -> None:
        self.here, self.there = here, Market()
        self.now = self.here.hub.now() + 1
        self.state = FeedState(1, clock=lambda: self.now)
        self.resume = here.resume(self.state)
        self.state.connected()
        self.state.loaded(0, whole=True)
        self.state.caught_up(0)
        self.here.tick("A")
        for _ in range(4):
            self.there.tick("A")
        self.client = MemorySubscriber()
        self.resume.open(self.client, StreamRequest(key("A"), True, self.there.ring.cursor))

    def answer(self, market: Market, sent: float = 0.0) -> None:
        """Let Redis tell that it stands where `market` does, and took a heartbeat `sent` seconds from now."""
        now = int(self.now * 1e6)
        taken = now + int(sent * 1e6)
        position = market.ring.position(0)
        self.state.answered([Standing(EPOCH, position, taken, now)], self.now)

    def heartbeat(self, ago: float = 0.0) -> None:
        """Apply a heartbeat that Redis took a while ago."""
        self.state.applied(0, int((self.now - ago) * 1e6), False)

    def look(self) -> None:
        """Let the gateway look after those who wait."""
        self.state.check()
        self.resume.waiting.check()


@pytest.fixture
async def behind(market: Market, monkeypatch: pytest.MonkeyPatch) -> Behind:
    monkeypatch.setattr("tickcast.gateway.streams.waiting.PATIENCE", -1.0)
    return Behind(market)


async def test_a_client_ahead_waits_while_redis_has_what_it_has(behind: Behind) -> None:
    for _ in range(5):
        behind.now += 1
        behind.answer(behind.there)
        behind.heartbeat()
        behind.look()
        assert (behind.state.is_live, behind.client.state) == (True, State.WAITING)
    for _ in range(4):
        behind.here.tick("A")
    behind.look()
    await behind.here.settle()
    assert behind.client.qs() == [("A", 5)]
    assert "gap" not in behind.client.names()


async def test_a_client_ahead_of_a_gateway_that_is_too_far_behind_is_sent_away(behind: Behind) -> None:
    behind.answer(behind.there)
    behind.heartbeat(ago=0.5)
    behind.look()
    assert behind.client.state is State.WAITING
    behind.now += 10
    behind.answer(behind.there)
    behind.heartbeat(ago=9)
    behind.look()
    assert behind.client.state is State.CLOSED
    assert behind.client.names() == ["hello", "status", "bye"]
    assert behind.resume.closing.byes["overload"] == 1


async def test_a_client_that_has_what_redis_lacks_is_told_a_gap(behind: Behind) -> None:
    behind.heartbeat()
    behind.look()
    behind.now += 1
    behind.heartbeat()
    behind.look()
    assert behind.client.state is State.WAITING  # Redis was not asked yet
    behind.answer(behind.here)
    behind.heartbeat()
    behind.look()
    assert behind.client.names()[-2:] == ["gap", "snapshot"]
    assert b'"reason":"feed"' in b"".join(behind.client.frames)


async def test_a_client_whose_cursor_the_feed_skips_is_told_so(behind: Behind) -> None:
    behind.here._ms += 10
    behind.here.lose("A", reason="retention")
    behind.resume.waiting.progress()
    await behind.here.settle()
    assert behind.client.names()[-2:] == ["gap", "snapshot"]
    assert b'"reason":"retention"' in b"".join(behind.client.frames)
