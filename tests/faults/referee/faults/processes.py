"""Gateways, publishers and nginx: killed, ended, frozen, starved, started at a bad moment."""

import asyncio
import random
import signal

from tests.faults.referee.faults.registry import fault
from tests.faults.referee.processes import Process
from tests.faults.referee.world import World

TURN = 0.2
"""Seconds in which a starved process runs for a moment."""

SHARE = 0.03
"""Part of a core that a starved process gets at most."""


async def stopped(process: Process, seconds: float) -> None:
    """Freeze a process for so many seconds."""
    process.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        process.signal(signal.SIGCONT)


@fault("gateway")
async def gateway_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again."""
    gateway = chance.choice(world.gateways)
    await gateway.kill()
    await asyncio.sleep(seconds)
    gateway.start()


@fault("gateway")
async def gateways_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL of all, one after the other, each started again at once: all cursors meet new processes."""
    for gateway in world.gateways:
        await gateway.kill()
        gateway.start()
        await asyncio.sleep(seconds / len(world.gateways))


@fault("gateway")
async def gateway_ended(world: World, seconds: float, chance: random.Random) -> None:
    """SIGTERM, as in a deploy, and started again."""
    gateway = chance.choice(world.gateways)
    await gateway.end()
    await asyncio.sleep(seconds)
    gateway.start()


@fault("gateway", "slow")
async def gateway_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT."""
    await stopped(chance.choice(world.gateways), seconds)


# What waits in Redis for so slow a reader may be thrown away there, and be gone from the log before it asks.
@fault("gateway", "slow", "retention", lasts=12)
async def gateway_starved(world: World, seconds: float, chance: random.Random) -> None:
    """It gets 3 % of a core."""
    gateway, loop = chance.choice(world.gateways), asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        await asyncio.sleep(TURN * SHARE)
        await stopped(gateway, TURN)


# A new leader can be sure of what Redis holds, so nobody is sent a gap, and the same for the next ones.
@fault("publisher")
async def leader_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again, as a standby by then."""
    leader = world.leader()
    await leader.kill()
    await asyncio.sleep(seconds)
    world.start_publisher(leader)


@fault("publisher")
async def leader_ended(world: World, seconds: float, chance: random.Random) -> None:
    """SIGTERM, and started again."""
    leader = world.leader()
    await leader.end()
    await asyncio.sleep(seconds)
    world.start_publisher(leader)


@fault("publisher")
async def leader_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT: it still takes itself for the leader."""
    await stopped(world.leader(), seconds)


@fault("publisher")
async def standby_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again."""
    standby = world.standby()
    if standby is not None:
        await standby.kill()
        await asyncio.sleep(seconds)
        world.start_publisher(standby)


@fault("publisher")
async def standby_ended(world: World, seconds: float, chance: random.Random) -> None:
    """SIGTERM, and started again."""
    standby = world.standby()
    if standby is not None:
        await standby.end()
        await asyncio.sleep(seconds)
        world.start_publisher(standby)


@fault("publisher")
async def standby_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT."""
    standby = world.standby()
    if standby is not None:
        await stopped(standby, seconds)


@fault("publisher", lasts=6)
async def publishers_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL of all: nobody leads."""
    for publisher in world.publishers:
        await publisher.kill()
    await asyncio.sleep(seconds)
    for publisher in world.publishers:
        world.start_publisher(publisher)


@fault("publisher", lasts=8)
async def gateway_started_without_publisher(world: World, seconds: float, chance: random.Random) -> None:
    """All publishers are dead when a gateway starts."""
    for publisher in world.publishers:
        await publisher.kill()
    await asyncio.sleep(1)
    gateway = chance.choice(world.gateways)
    await gateway.kill()
    gateway.start()
    await asyncio.sleep(max(0, seconds - 1))
    for publisher in world.publishers:
        world.start_publisher(publisher)


@fault("nginx")
async def nginx_reloaded(world: World, seconds: float, chance: random.Random) -> None:
    """SIGHUP: old workers cut their streams a second later."""
    if world.balancer is not None:
        world.balancer.process.signal(signal.SIGHUP)


@fault("nginx")
async def nginx_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGTERM of the balancer, which cuts everything, and started again."""
    if world.balancer is not None:
        await world.balancer.process.end()
        await asyncio.sleep(seconds)
        world.balancer.process.start()
