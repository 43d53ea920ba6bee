"""Two faults at once, which together make a history that does not go on where it ended."""

import asyncio
import random
from contextlib import suppress

from tests.faults.referee.faults.processes import stopped
from tests.faults.referee.faults.redis import LOSS
from tests.faults.referee.faults.registry import fault
from tests.faults.referee.resp import FAILURES, ask
from tests.faults.referee.world import World


@fault("redis", *LOSS)
async def emptied_and_publishers_killed(world: World, seconds: float, chance: random.Random) -> None:
    """Redis is flushed, and all who remember its data are dead: `q` begins at 1."""
    for publisher in world.publishers:
        await publisher.kill()
    with suppress(*FAILURES):
        await ask(world.redis.port, "FLUSHALL")
    await asyncio.sleep(min(seconds, 2))
    for publisher in world.publishers:
        world.start_publisher(publisher)


@fault("redis", *LOSS)
async def restarted_and_leader_killed(world: World, seconds: float, chance: random.Random) -> None:
    """Redis is killed and started with its data, and the leader is killed, too."""
    leader = world.leader()
    await asyncio.gather(leader.kill(), world.redis.kill())
    await world.redis.up()
    await asyncio.sleep(seconds)
    world.start_publisher(leader)


@fault("redis", *LOSS)
async def last_deleted_and_publishers_killed(world: World, seconds: float, chance: random.Random) -> None:
    """DEL of the last values while no publisher lives."""
    for publisher in world.publishers:
        await publisher.kill()
    partition = chance.randrange(world.shape.partitions)
    with suppress(*FAILURES):
        await ask(world.redis.port, "DEL", f"{{tickcast:main:{partition}}}:last")
    await asyncio.sleep(min(seconds, 2))
    for publisher in world.publishers:
        world.start_publisher(publisher)


@fault("redis", *LOSS)
async def last_deleted_and_gateway_killed(world: World, seconds: float, chance: random.Random) -> None:
    """DEL of the last values, and a gateway starts."""
    partition, gateway = chance.randrange(world.shape.partitions), chance.choice(world.gateways)
    with suppress(*FAILURES):
        await ask(world.redis.port, "DEL", f"{{tickcast:main:{partition}}}:last")
    await gateway.kill()
    gateway.start()


@fault("redis", *LOSS)
async def flushed_while_a_gateway_is_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """A gateway sleeps through a FLUSHALL."""
    frozen = asyncio.create_task(stopped(chance.choice(world.gateways), min(seconds, 3)))
    await asyncio.sleep(0.5)
    with suppress(*FAILURES):
        await ask(world.redis.port, "FLUSHALL")
    await frozen
