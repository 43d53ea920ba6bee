"""Rights and passwords: refused by Redis for a while."""

import asyncio
import random
from contextlib import suppress

from tests.faults.referee.faults.redis import LOSS, kill_connections
from tests.faults.referee.faults.registry import fault
from tests.faults.referee.resp import FAILURES, ask
from tests.faults.referee.world import World


async def _user(world: World, *rules: str) -> None:
    with suppress(*FAILURES):
        await ask(world.redis.port, "ACL", "SETUSER", "default", *rules)


async def _ruled(world: World, seconds: float, rules: tuple[str, ...], before: tuple[str, ...]) -> None:
    with world.refusing():
        await _user(world, *rules)
        try:
            await kill_connections(world)
            await asyncio.sleep(seconds)
        finally:
            await _user(world, *before)


# Scripts are the publishers' way to write.
@fault("redis", *LOSS)
async def scripts_refused(world: World, seconds: float, chance: random.Random) -> None:
    """The publishers lose the right to run scripts, and get it back."""
    rules = ("-eval", "-evalsha")
    with world.refusing():
        await _user(world, *rules)
        try:
            await asyncio.sleep(seconds)
        finally:
            await _user(world, "+eval", "+evalsha")


@fault("redis", *LOSS)
async def reads_refused(world: World, seconds: float, chance: random.Random) -> None:
    """The gateways lose the right to read the log and last values, and every connection."""
    await _ruled(world, seconds, ("-xrange", "-hgetall", "-hscan"), ("+xrange", "+hgetall", "+hscan"))


@fault("redis", *LOSS)
async def time_refused(world: World, seconds: float, chance: random.Random) -> None:
    """Nobody may ask Redis for its time, as with rights from before gateways needed it."""
    await _ruled(world, seconds, ("-time",), ("+time",))


@fault("redis", *LOSS)
async def everything_refused(world: World, seconds: float, chance: random.Random) -> None:
    """NOPERM to every command of all programs."""
    await _ruled(world, seconds, ("-@all",), ("+@all",))


@fault("redis", *LOSS)
async def channels_refused(world: World, seconds: float, chance: random.Random) -> None:
    """The right to hear and publish on channels is taken away, and given back."""
    await _ruled(world, seconds, ("resetchannels",), ("allchannels",))


@fault("redis", *LOSS)
async def logins_refused(world: World, seconds: float, chance: random.Random) -> None:
    """Every new connection is refused for want of the right password; all are cut."""
    await _ruled(world, seconds, ("resetpass", ">changed"), ("nopass",))
