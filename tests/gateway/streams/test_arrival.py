"""Clients that are ahead of their gateway: how long a feed gets to reach their cursor."""

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol.request import StreamRequest


class Behind:
    """A gateway that has lost Redis for a while, and a client that comes from another one."""

    def __init__(self, here: Market) -> None:
        self.now = 1000.0
        self.here, self.there = here, Market()
        self.state = FeedState(1, lambda: self.now)
        self.resume = here.resume(self.state)
        self.state.connected()
        self.state.caught_up(0)
        self.here.tick("A")
        self.there.tick("A")
        self.state.disconnected()
        for _ in range(3):
            self.there.tick("A")
        self.client = MemorySubscriber()
        self.resume.open(self.client, StreamRequest(key("A"), True, self.there.ring.cursor))

    def reconnect(self) -> None:
        """Hear of the feed again after a while; its log is still to be read."""
        self.now += 10
        self.state.check()
        self.state.connected()
        self.state.heard(0)
        self.now += 1
        self.resume.waiting.check()


@pytest.fixture
async def behind(market: Market, monkeypatch: pytest.MonkeyPatch) -> Behind:
    monkeypatch.setattr("tickcast.gateway.streams.waiting.PATIENCE", 0.0)
    return Behind(market)


async def test_a_client_ahead_of_a_gateway_waits_while_that_reads_the_log_however_long_it_has_waited(
    behind: Behind,
) -> None:
    behind.reconnect()
    assert behind.client.state is State.WAITING
    for _ in range(4):
        behind.here.tick("A")
    behind.state.caught_up(0)
    behind.resume.waiting.check()
    await behind.here.settle()
    assert behind.client.qs() == [("A", 5)]
    assert "gap" not in behind.client.names()


async def test_a_client_ahead_of_a_gateway_is_given_up_only_some_time_after_that_has_caught_up(
    behind: Behind,
) -> None:
    behind.reconnect()
    behind.state.caught_up(0)
    behind.resume.waiting.check()
    assert behind.client.state is State.WAITING
    behind.now += 0.1
    behind.resume.waiting.check()
    assert behind.client.names()[-2:] == ["gap", "snapshot"]
