"""Bounds that are met: the memory of Redis, its output buffers, the files of a gateway."""

import asyncio
import random
import resource
from contextlib import suppress
from pathlib import Path

from tests.faults.referee.faults.redis import LOSS, kill_connections
from tests.faults.referee.faults.registry import fault
from tests.faults.referee.resp import FAILURES, ask
from tests.faults.referee.world import World


async def _configure(world: World, name: str, value: str) -> None:
    with suppress(*FAILURES):
        await ask(world.redis.port, "CONFIG", "SET", name, value)


async def _configured(world: World, seconds: float, name: str, value: str, before: str) -> None:
    await _configure(world, name, value)
    try:
        await asyncio.sleep(seconds)
    finally:
        await _configure(world, name, before)


@fault("redis", *LOSS)
async def redis_full(world: World, seconds: float, chance: random.Random) -> None:
    """Every write is refused: more memory is used than is allowed."""
    await _configured(world, seconds, "maxmemory", "1mb", "0")


@fault("redis", *LOSS, lasts=10)
async def redis_fills_up(world: World, seconds: float, chance: random.Random) -> None:
    """The log may grow by 100 kB, and then every write is refused."""
    with suppress(*FAILURES):
        info = (await ask(world.redis.port, "INFO", "memory")).decode()
        used = int(info.partition("used_memory:")[2].split()[0])
        await _configured(world, seconds, "maxmemory", str(used + 100_000), "0")


@fault("redis", *LOSS, lasts=10)
async def redis_evicts(world: World, seconds: float, chance: random.Random) -> None:
    """Redis deletes keys of its own choice, because its memory is full."""
    await _configure(world, "maxmemory-policy", "allkeys-random")
    with suppress(*FAILURES):
        info = (await ask(world.redis.port, "INFO", "memory")).decode()
        used = int(info.partition("used_memory:")[2].split()[0])
        await _configured(world, seconds, "maxmemory", str(used + 50_000), "0")
    await _configure(world, "maxmemory-policy", "noeviction")


@fault("redis")
async def output_buffers_tiny(world: World, seconds: float, chance: random.Random) -> None:
    """Redis cuts every subscriber that does not take a few KiB at once."""
    size = chance.choice([2048, 8192])
    await _configured(
        world, seconds, "client-output-buffer-limit", f"pubsub {size} {size} 1", "pubsub 32mb 8mb 60"
    )


@fault("redis")
async def answers_cut(world: World, seconds: float, chance: random.Random) -> None:
    """Redis cuts whoever asks for more than 20 kB, and all subscribers twice a second: they miss more."""
    limit = "client-output-buffer-limit"
    await _configure(world, limit, "normal 20000 20000 1")
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        while loop.time() < end:
            await kill_connections(world, "P")
            await asyncio.sleep(0.5)
    finally:
        await _configure(world, limit, "normal 0 0 0")


@fault("gateway", "slow")
async def gateway_without_files(world: World, seconds: float, chance: random.Random) -> None:
    """A gateway may open 4 files more than it has."""
    gateway = chance.choice(world.gateways)
    if not gateway.runs:
        return
    before = resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE)
    few = len(list(Path(f"/proc/{gateway.pid}/fd").iterdir())) + 4
    with suppress(OSError):
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, (few, before[1]))
    await asyncio.sleep(seconds)
    with suppress(OSError):
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, before)


@fault("gateway", "slow")
async def gateway_born_without_files(world: World, seconds: float, chance: random.Random) -> None:
    """A gateway starts with a limit of 64 files."""
    gateway = chance.choice(world.gateways)
    await gateway.kill()
    gateway.start(files=64)
    await asyncio.sleep(seconds)
    await gateway.end()
    gateway.start()
