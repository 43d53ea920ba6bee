"""Wrong clocks: of Redis, publishers or gateways, forward or back by an hour, and put right again."""

import asyncio
import random
import time

from tests.faults.referee.faults.redis import LOSS
from tests.faults.referee.faults.registry import Doing, enter, fault
from tests.faults.referee.resp import ask
from tests.faults.referee.world import World

HOUR = 3600

SEEN = 1.2
"""Seconds until a program sees its new clock."""

LATEST = 10.0
"""Seconds until the slowest does, on a busy machine."""


def _wrong(clock: str, seconds_off: int) -> Doing:
    async def do(world: World, seconds: float, chance: random.Random) -> None:
        world.clocks[clock].set(seconds_off)
        try:
            await asyncio.sleep(max(seconds, SEEN))
        finally:
            world.clocks[clock].set(0)

    way = "forward" if seconds_off > 0 else "back"
    do.__doc__ = f"The clock of {clock} goes {way} by an hour, and is right again later."
    return do


def _enter() -> None:
    # Ids count up from the highest, which an hour's log of retention does not outlive: that is a gap.
    for clock in ("redis", "publishers", "gateways"):
        for way, off in (("forward", HOUR), ("back", -HOUR)):
            enter(_wrong(clock, off), "redis", *LOSS, name=f"clock_{clock}_{way}", needs="clocks", lasts=6)


_enter()


@fault("redis", *LOSS, needs="clocks", lasts=8)
async def clock_back_and_leader_killed(world: World, seconds: float, chance: random.Random) -> None:
    """The clock of Redis goes back by an hour for good, and the leader dies: its lease has an hour left."""
    leader = world.leader()
    await leader.kill()
    world.clocks["redis"].set(-HOUR)
    await asyncio.sleep(max(seconds, SEEN))
    async with asyncio.timeout(LATEST):
        while int((await ask(world.redis.port, "TIME"))[0]) > time.time() - HOUR / 2:  # noqa: ASYNC110 - Redis
            await asyncio.sleep(0.2)
    world.start_publisher(leader)
