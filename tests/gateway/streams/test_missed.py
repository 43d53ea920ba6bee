"""Every stream, in every state, is told once what the feed has lost, with the feed's reason."""

import json

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State


def gaps(stream: MemorySubscriber) -> list[str]:
    """Return the reasons of the gaps that a stream was told."""
    return [json.loads(event.data)["reason"] for event in stream.events() if event.type == b"gap"]


@pytest.mark.parametrize("interval", [0, 250])
@pytest.mark.parametrize("reason", ["feed", "retention"])
async def test_a_stream_that_lags_is_told_what_the_feed_lost(
    market: Market, interval: int, reason: str
) -> None:
    slow = market.join(key("A", interval))
    await market.settle()
    slow.stuck = True
    market.tick("A")
    market.turn()
    await market.settle()
    assert slow.state is State.LAGGING
    market.tick("A")
    market.lose("A", reason=reason)
    slow.release()
    market.turn()
    await market.settle()
    assert gaps(slow) == [reason]
    market.tick("A")
    market.turn()
    await market.settle()
    assert (gaps(slow), slow.qs()[-1]) == ([reason], ("A", 4))


async def test_a_conflated_stream_that_joins_is_told_what_the_feed_lost(market: Market) -> None:
    first = market.join(key("A,B", 250))
    market.turn()
    await market.settle()
    market.tick("A", "B")
    # It waits for the group's next turn, which is up to an interval away.
    joining = market.join(key("A,B", 250))
    assert joining.state is State.JOINING
    market.lose("A", emptied=True)
    market.turn()
    await market.settle()
    assert gaps(first) == gaps(joining) == ["feed"]
    told = [json.loads(event.data) for event in joining.events() if event.type == b"snapshot"]
    # What it held of B is gone with the epoch.
    assert told[-1] == [{"S": "A", "q": 1}]
    market.tick("A")
    market.turn()
    await market.settle()
    assert joining.qs()[-1] == first.qs()[-1] == ("A", 2)


async def test_a_stream_that_lagged_over_several_losses_is_told_the_heaviest_once(market: Market) -> None:
    slow = market.join(key("A"))
    slow.stuck = True
    market.tick("A")
    await market.settle()
    market.lose("A", reason="feed")
    market.lose("A", reason="retention")
    slow.release()
    await market.settle()
    assert gaps(slow) == ["feed"]


async def test_a_stream_that_only_lagged_is_told_that_it_was_slow(market: Market) -> None:
    slow = market.join(key("A"))
    slow.stuck = True
    market.tick("A")
    await market.settle()
    market.tick("A")
    slow.release()
    await market.settle()
    assert gaps(slow) == ["slow"]
