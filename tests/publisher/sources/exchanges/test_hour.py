"""Each connector lives through an hour of traffic in seconds, with every misbehaviour in turn.

`make exchanges SECONDS=60` takes a minute for it.
"""

import asyncio
import math
import os
from itertools import pairwise

from tests.publisher.sources.exchanges.conftest import BOUNDS, QUIET, World
from tests.publisher.sources.exchanges.judge import Judge
from tests.publisher.sources.exchanges.market import START
from tests.support.eventually import eventually

SECONDS = float(os.environ.get("EXCHANGE_SECONDS", "14"))
ON_THE_WAY = ("drop", "repeat", "reorder", "rubbish", "huge", "numbers")
"""What an exchange may do to its messages."""


async def test_an_hour_with_every_misbehaviour(venue: str) -> None:
    world = World(venue)
    exchange, share = world.exchange, SECONDS / 16
    async with world.running(SECONDS) as judge:
        await judge.told_within(BOUNDS.open, lambda: judge.all_are("live"), "live")
        for fault in ON_THE_WAY:
            exchange.fault = fault
            await asyncio.sleep(share)
            exchange.fault = ""
            await _level(world, judge, fault)
        await _mute(world, judge)
        await _mute_symbol(world, judge)
        await _refused_for_a_while(world, judge, share)
        for _ in range(3):
            await exchange.close_all()
            await asyncio.sleep(BOUNDS.settled)
        await _level(world, judge, "closed")
        await exchange.stop()
        await judge.told_within(BOUNDS.mute + BOUNDS.check, lambda: judge.all_are("stale"), "gone")
        await exchange.start()
        await _level(world, judge, "restart")
        await eventually(lambda: exchange.now - START >= 3600e6)
        await judge.catch_up(BOUNDS.most)
    assert not judge.wrong, judge.wrong[:5]
    assert judge.trades > 2000
    gaps = [later - before for before, later in pairwise(exchange.attempts)]
    assert min(gaps) >= BOUNDS.first * 0.5
    assert len(exchange.attempts) < 60


async def _level(world: World, judge: Judge, what: str) -> None:
    await judge.told_within(BOUNDS.most * 2 + QUIET, lambda: judge.all_are("live"), f"live after {what}")
    await judge.catch_up(BOUNDS.most)
    assert not judge.wrong, (what, judge.wrong[:5])


async def _mute(world: World, judge: Judge) -> None:
    world.exchange.fault = "mute"
    await judge.told_within(BOUNDS.mute + BOUNDS.check, lambda: judge.all_are("stale"), "mute")
    world.exchange.fault = ""
    await _level(world, judge, "mute")


async def _mute_symbol(world: World, judge: Judge) -> None:
    world.exchange.muted = world.venue.spelling("ETH-USD")
    await judge.told_within(QUIET + BOUNDS.check, lambda: judge.states["ETH-USD"] == "stale", "mute symbol")
    assert judge.states["BTC-USD"] == "live"
    world.exchange.muted = ""
    await _level(world, judge, "mute symbol")


async def _refused_for_a_while(world: World, judge: Judge, share: float) -> None:
    exchange = world.exchange
    exchange.fault, exchange.retry_after = "429", "1"
    before = len(exchange.attempts)
    await exchange.close_all()
    await asyncio.sleep(wait := max(share, 2.0))
    # The first attempt comes soon, and each later one a second after the one before: so asks Retry-After.
    assert 1 <= len(exchange.attempts) - before <= 1 + math.ceil(wait)
    exchange.fault = ""
    await _level(world, judge, "429")
