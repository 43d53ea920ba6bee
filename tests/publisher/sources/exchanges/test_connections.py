"""When connections end, and when the next one begins."""

import asyncio
import dataclasses
import random

import pytest

from tests.publisher.sources.exchanges.conftest import BOUNDS, World
from tests.publisher.sources.exchanges.judge import Judge
from tests.support.eventually import eventually
from tickcast.publisher.sources.exchanges.bounds import Bounds, back_off, retry_after


def test_waits_double_up_to_a_bound_and_are_spread() -> None:
    bounds, rng = Bounds(), random.Random(3)
    for attempts, longest in ((0, 1), (1, 2), (5, 32), (6, 60), (10**6, 60)):
        waits = [back_off(bounds, attempts, rng.random()) for _ in range(500)]
        assert longest / 2 <= min(waits) < longest * 0.55
        assert longest * 0.95 < max(waits) <= longest


def test_a_named_wait_is_kept_and_spread_but_bounded() -> None:
    waits = [back_off(Bounds(), 0, chance, 100.0) for chance in (0.0, 0.5, 1.0)]
    assert waits == [100.0, 112.5, 125.0]
    assert back_off(Bounds(), 0, 1.0, 1e9) == 750.0


@pytest.mark.parametrize(
    ("field", "seconds"), [("7", 7.0), (None, 0.0), ("soon", 0.0), ("-1", 0.0), ("٧", 0.0)]
)
def test_retry_after_is_read(field: str | None, seconds: float) -> None:
    assert retry_after(field) == seconds


async def test_an_old_connection_is_opened_again_before_the_exchange_cuts_it(venue: str) -> None:
    world = World(venue)
    await world.exchange.start()
    traffic = asyncio.create_task(world.exchange.run(120))
    judge = Judge(world.source(dataclasses.replace(BOUNDS, life=1.0)), world.symbols)
    try:
        await eventually(lambda: len(world.exchange.attempts) >= 4)
        await judge.catch_up(5)
    finally:
        await judge.end()
        traffic.cancel()
        await asyncio.wait({traffic})
        await world.exchange.stop()
    assert not judge.wrong
    assert {state.state for state in judge.told} == {"live"}


async def test_an_exchange_that_says_it_leaves_is_left() -> None:
    world = World("binance")
    async with world.running(120) as judge:
        await eventually(lambda: judge.all_are("live"))
        await world.exchange.say_goodbye()
        await eventually(lambda: len(world.exchange.attempts) == 2)
        await judge.catch_up(5)
    assert {state.state for state in judge.told} == {"live"}


async def test_a_connection_that_ends_at_once_again_and_again_is_tried_ever_less(venue: str) -> None:
    world = World(venue)
    await world.exchange.start()
    judge = Judge(world.source(dataclasses.replace(BOUNDS, settled=60.0)), world.symbols)
    try:
        for _ in range(20):
            await world.exchange.close_all(1008)
            await asyncio.sleep(0.1)
    finally:
        await judge.end()
        await world.exchange.stop()
    # 0.1, 0.2, 0.4, 0.8 s and then 0.8 s each, all at least half: at most 1 + 4 + 2 in about two seconds.
    assert 2 <= len(world.exchange.attempts) <= 9


async def test_nothing_is_stale_because_redis_is_slow(venue: str) -> None:
    world = World(venue)
    await world.exchange.start()
    traffic = asyncio.create_task(world.exchange.run(10))
    source = aiter(world.source())
    try:
        async for _ in source:
            break
        await asyncio.sleep(BOUNDS.mute * 2.5)  # longer than mute, with nothing taken from the source
        states = []
        for _ in range(200):
            states += [item for item in await anext(source) if getattr(item, "state", "") == "stale"]
    finally:
        await source.aclose()  # type: ignore[attr-defined]
        traffic.cancel()
        await asyncio.wait({traffic})
        await world.exchange.stop()
    assert states == []


async def test_a_fault_of_our_own_ends_the_source_and_does_not_look_like_one_of_the_exchange(
    venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr("tickcast.publisher.sources.exchanges.health.Health.quiet_names", fails)
    world = World(venue)
    await world.exchange.start()
    traffic = asyncio.create_task(world.exchange.run(120))
    try:
        with pytest.raises(ZeroDivisionError):
            async for _ in world.source():
                pass
    finally:
        traffic.cancel()
        await asyncio.wait({traffic})
        await world.exchange.stop()
