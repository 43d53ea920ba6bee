"""A second Redis takes the place of the first: by Sentinel, or because the address leads to it."""

import asyncio
import random
import signal
from contextlib import suppress

from tests.faults.referee.faults.redis import LOSS, kill_connections
from tests.faults.referee.faults.registry import fault
from tests.faults.referee.processes import Process
from tests.faults.referee.resp import FAILURES, RespError, ask
from tests.faults.referee.servers import Server
from tests.faults.referee.world import World

NOWHERE = 1
"""A port that nothing listens at."""


async def _promoted(server: Server) -> None:
    await ask(server.port, "REPLICAOF", "NO", "ONE")


async def _leave(world: World, old: Server, new: Server) -> None:
    """End the old server; from now on the new one is the world's."""
    world.lead_to(new)
    await old.kill()
    world.redis = new


@fault("redis", *LOSS, lasts=8)
async def address_moved(world: World, seconds: float, chance: random.Random) -> None:
    """The address leads to a replica that was made master; the old master lives, and pooled connections stay.

    Publishers start again, and gateways open those connections again that hear the live channels.
    """
    old, new = world.redis, await world.another()
    await new.follow(old.port)
    await _promoted(new)
    world.lead_to(new)
    for name, line in world.lines.items():
        if name.startswith("publisher"):
            line.cut()
    await kill_connections(world, "P")
    await asyncio.sleep(seconds)
    await _leave(world, old, new)


@fault("redis", *LOSS, lasts=8)
async def address_moved_to_empty(world: World, seconds: float, chance: random.Random) -> None:
    """The address leads to a server without data; the old master lives, and pooled connections stay."""
    old, new = world.redis, await world.another()
    world.lead_to(new)
    for name, line in world.lines.items():
        if name.startswith("publisher"):
            line.cut()
    await kill_connections(world, "P")
    await asyncio.sleep(seconds)
    await _leave(world, old, new)


@fault("redis", *LOSS, lasts=6)
async def address_moved_for_gateways(world: World, seconds: float, chance: random.Random) -> None:
    """As a whole the gateways come to a replica that was promoted, seconds before the publishers do."""
    old, new = world.redis, await world.another()
    await new.follow(old.port)
    await _promoted(new)
    world.lead_to(new, "gateway")
    for name, line in world.lines.items():
        if name.startswith("gateway"):
            line.cut()
    await asyncio.sleep(min(seconds, 6))
    await _leave(world, old, new)


@fault("redis", *LOSS, lasts=6)
async def replica_promoted_early(world: World, seconds: float, chance: random.Random) -> None:
    """A standby leads a second history on a promoted replica, while the old master goes on; then all move."""
    old, new = world.redis, await world.another()
    await new.follow(old.port)
    await _promoted(new)
    standby = world.standby()
    if standby is not None:
        world.lead_to(new, standby.name)
        world.lines[standby.name].cut()
    world.feeder.feeds_all = True
    try:
        # A gateway at the old master cannot know of the second history, which begins when the lease runs out.
        await asyncio.sleep(min(seconds, 4.5))
    finally:
        world.feeder.feeds_all = False
    await _leave(world, old, new)


async def _master(world: World) -> Server:
    assert world.sentinel is not None
    port = await world.sentinel.master()
    return next(server for server in world.servers if server.port == port)


async def _moved(world: World, old: Server, within: float = 40) -> None:
    """Wait until the Sentinel names another master. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            with suppress(*FAILURES):
                if (master := await _master(world)) is not old:
                    world.redis = master
                    return
            await asyncio.sleep(0.1)


@fault("redis", *LOSS, needs="sentinel")
async def master_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL of the master: the Sentinel promotes its replica, and the old one comes back as a replica."""
    old = world.redis
    await old.kill()
    await _moved(world, old)
    await old.up()


@fault("redis", *LOSS, needs="sentinel")
async def master_killed_replica_lags(world: World, seconds: float, chance: random.Random) -> None:
    """The replica has not heard of the master for a second or two when it is promoted."""
    await _lagging(world, chance)


async def _lagging(world: World, chance: random.Random, *others: Process) -> None:
    old = world.redis
    replica = next(server for server in world.servers if server is not old)
    with suppress(*FAILURES):
        await ask(replica.port, "REPLICAOF", "127.0.0.1", NOWHERE)
    await asyncio.sleep(chance.uniform(0.5, 2))
    await asyncio.gather(old.kill(), *(other.kill() for other in others))
    await _moved(world, old)
    await old.up()


@fault("redis", *LOSS, needs="sentinel", lasts=10)
async def master_and_leader_killed_replica_lags(world: World, seconds: float, chance: random.Random) -> None:
    """The replica is promoted without the newest ticks, and the publisher that knew them is dead."""
    leader = world.leader()
    await _lagging(world, chance, leader)
    await asyncio.sleep(1)
    world.start_publisher(leader)


@fault("redis", *LOSS, needs="sentinel")
async def master_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP of the master until another is promoted, then SIGCONT: for a moment it takes itself for it."""
    old = world.redis
    old.signal(signal.SIGSTOP)
    try:
        await _moved(world, old)
        await asyncio.sleep(chance.uniform(0, 2))
    finally:
        old.signal(signal.SIGCONT)


@fault("redis", *LOSS, needs="sentinel")
async def master_moved(world: World, seconds: float, chance: random.Random) -> None:
    """SENTINEL FAILOVER, as before maintenance: the old master lives and becomes a replica."""
    old = world.redis
    assert world.sentinel is not None
    # It refuses while it has not heard enough of the replica, and gives up if that does not come along.
    async with asyncio.timeout(60):
        while world.redis is old:
            with suppress(RespError):
                await ask(world.sentinel.port, "SENTINEL", "FAILOVER", "tickcast")
            with suppress(TimeoutError):
                await _moved(world, old, 5)
