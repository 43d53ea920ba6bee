"""Redis itself: frozen, killed with and without its data, flushed, full, its connections cut."""

import asyncio
import random
from contextlib import suppress

from tests.faults.referee.faults.processes import stopped
from tests.faults.referee.faults.registry import fault
from tests.faults.referee.resp import FAILURES, NAME, Resp, ask
from tests.faults.referee.world import World

# What has survived is not proved: a new epoch is right, and a gap of these reasons.
LOSS = ("feed", "retention")


@fault("redis", lasts=8)
async def redis_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT: connections stand, and nothing answers."""
    await stopped(world.redis, seconds)


@fault("redis", *LOSS)
async def redis_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again with what it had on disk."""
    await world.redis.kill()
    await asyncio.sleep(seconds)
    await world.redis.up()


@fault("redis", *LOSS)
async def redis_emptied(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again without any data."""
    await world.redis.kill()
    await asyncio.sleep(seconds)
    world.redis.forget()
    await world.redis.up()


@fault("redis", *LOSS)
async def redis_flushed(world: World, seconds: float, chance: random.Random) -> None:
    """FLUSHALL."""
    with suppress(*FAILURES):
        await ask(world.redis.port, "FLUSHALL")


@fault("redis")
async def scripts_flushed(world: World, seconds: float, chance: random.Random) -> None:
    """SCRIPT FLUSH."""
    with suppress(*FAILURES):
        await ask(world.redis.port, "SCRIPT", "FLUSH")


async def kill_connections(world: World, which: str = "") -> None:
    """Cut all connections but the referee's, or those whose flags hold a letter, such as `P` for pub/sub."""
    with suppress(*FAILURES):
        redis = await Resp.connect(world.redis.port)
        try:
            for line in (await redis.ask("CLIENT", "LIST")).decode().splitlines():
                words = dict(word.partition("=")[::2] for word in line.split(" "))
                if words.get("name") != NAME and which in words.get("flags", ""):
                    with suppress(*FAILURES):
                        await redis.ask("CLIENT", "KILL", "ID", words["id"])
        finally:
            redis.close()


@fault("redis")
async def connections_killed(world: World, seconds: float, chance: random.Random) -> None:
    """CLIENT KILL of all but the referee's connections, every 100 ms."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        await kill_connections(world)
        await asyncio.sleep(0.1)
