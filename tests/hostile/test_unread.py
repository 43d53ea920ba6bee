"""Answers that nobody reads take their address's share of memory, and end."""

import asyncio

import pytest

from tests.hostile.attacks.unread import ask_and_never_read
from tests.hostile.world import DOORS, World, running_world, unharmed
from tests.support.eventually import eventually

MIB = 1 << 20


pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_answers_that_nobody_reads_are_few_and_end(door: str) -> None:
    # With a small ring, what grows is what is held for clients.
    bounded = {"stream_bytes": 8 * MIB, "trusted_proxies": "127.0.0.1", "stall": 2, "ring_bytes": MIB}
    async with running_world(door, symbols=1500, rate=4000, **bounded) as world:
        # A snapshot of so many has 100 KB: more than may wait in the server without being counted.
        await eventually(lambda: _has_symbols(world, 1350))
        await _attack(world, door)


async def _has_symbols(world: World, count: int) -> bool:
    return await world.metric("symbols") >= count


async def _attack(world: World, door: str) -> None:
    async with unharmed(world):
        before = world.memory()
        asked = asyncio.create_task(ask_and_never_read(world.port, 60, 8))
        most = 0
        while not asked.done():
            most = max(most, world.memory())
            await asyncio.wait([asked], timeout=0.1)
        counts = asked.result()
        assert sum(counts.values()) == 60
        # Directly, those that were taken are cut, and the others were refused. nginx takes a whole answer.
        if door == "direct":
            assert not any("open" in each for each in counts), counts
            assert await world.metric("refused_total", reason="share") > 30
            assert await world.metric("connections_cut_total", reason="stalled") > 0
        assert most - before < 25 * MIB
