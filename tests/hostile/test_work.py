"""Short requests that are long work take their address's share of CPU time, and no more."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.hostile.attacks.work import ask_for_history, ask_for_much, replay, symbols_of
from tests.hostile.world import DOORS, World, running_world, unharmed
from tickcast.gateway.limits.work import REQUEST

pytestmark = pytest.mark.timeout(300)

RATE = 5
"""ms of CPU in a second: an address may owe 0.3 s, which the attacks below exceed."""

TAKEN = ("200", "404", "replayed", "live", "reset")
"""What the attacker counts where it was not refused or put off."""

TRIES = 6
"""Attacks one after the other, at most, until one is refused: a machine may be too slow for the first."""


async def _replays(world: World) -> Counter[str]:
    return await replay(world.port, 6, 8, behind=5)


async def _snapshots(world: World) -> Counter[str]:
    return await ask_for_much(world.port, 6, 5)


async def _history(world: World) -> Counter[str]:
    return await ask_for_history(world.port, await symbols_of(world.port), 6, 5)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("attack", [_replays, _snapshots, _history])
async def test_work_for_one_address_has_an_end_and_others_do_not_notice(
    door: str, attack: Callable[[World], Awaitable[Counter[str]]]
) -> None:
    async with running_world(door, symbols=1000, rate=1000, work=RATE) as world, unharmed(world):
        before, began = await world.metric("work_seconds_total"), time.monotonic()
        counts: Counter[str] = Counter()
        for _ in range(TRIES):
            counts += await attack(world)
            if await world.metric("refused_total", reason="work"):
                break
        else:
            raise AssertionError(f"nothing was refused: {counts}")
        spent, passed = await world.metric("work_seconds_total") - before, time.monotonic() - began
        # Besides, what a few were at that were let in last; the crowd asks for next to nothing.
        # Counted is what it took, which is more than to be asked.
        assert spent > 1.3 * REQUEST * sum(counts[each] for each in TAKEN), counts
        assert spent < RATE / 1000 * (60 + passed) + 0.3
