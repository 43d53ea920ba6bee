"""The faults: each does one thing to a world, for a while, and ends it."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

from tests.faults.referee.processes import Process
from tests.faults.referee.proxy import DOWN, UP, Line
from tests.faults.referee.resp import FAILURES, NAME, Resp, ask
from tests.faults.referee.world import World

Doing = Callable[[World, float, random.Random], Awaitable[None]]


class Fault(NamedTuple):
    """One kind of fault."""

    do: Doing
    """Do it to a world for so many seconds, and end it."""
    part: str
    """What it is done to; no two faults of one part overlap."""
    gaps: frozenset[str]
    """Reasons of gaps that clients may be sent for it."""


FAULTS: dict[str, Fault] = {}
"""By name."""


def fault(part: str, *gaps: str) -> Callable[[Doing], Doing]:
    """Enter a function into FAULTS, under its own name."""

    def enter(do: Doing) -> Doing:
        FAULTS[do.__name__] = Fault(do, part, frozenset(gaps))
        return do

    return enter


async def _stopped(process: Process, seconds: float) -> None:
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
async def gateway_ended(world: World, seconds: float, chance: random.Random) -> None:
    """SIGTERM, as in a deploy, and started again."""
    gateway = chance.choice(world.gateways)
    await gateway.end()
    await asyncio.sleep(seconds)
    gateway.start()


@fault("gateway", "slow")
async def gateway_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT."""
    await _stopped(chance.choice(world.gateways), seconds)


# A new leader can be sure of what Redis holds, so nobody is sent a gap, and the same for the next two.
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
    await _stopped(world.leader(), seconds)


@fault("publisher")
async def standby_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again."""
    standby = world.standby()
    if standby is not None:
        await standby.kill()
        await asyncio.sleep(seconds)
        world.start_publisher(standby)


@fault("publisher")
async def standby_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT."""
    standby = world.standby()
    if standby is not None:
        await _stopped(standby, seconds)


@fault("redis")
async def redis_frozen(world: World, seconds: float, chance: random.Random) -> None:
    """SIGSTOP, SIGCONT: connections stand, and nothing answers."""
    await _stopped(world.redis, seconds)


# Which of what it had written has survived is not proved, so a new epoch is right.
@fault("redis", "feed", "retention")
async def redis_killed(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again with what it had on disk."""
    await world.redis.kill()
    await asyncio.sleep(seconds)
    await world.start_redis()


@fault("redis", "feed", "retention")
async def redis_emptied(world: World, seconds: float, chance: random.Random) -> None:
    """SIGKILL, and started again without any data."""
    await world.redis.kill()
    await asyncio.sleep(seconds)
    world.forget_redis()
    await world.start_redis()


@fault("redis", "feed", "retention")
async def redis_flushed(world: World, seconds: float, chance: random.Random) -> None:
    """FLUSHALL."""
    with suppress(*FAILURES):
        await ask(world.redis_port, "FLUSHALL")


@fault("redis", "feed", "retention")
async def key_deleted(world: World, seconds: float, chance: random.Random) -> None:
    """DEL of any one key."""
    with suppress(*FAILURES):
        keys = sorted(await ask(world.redis_port, "KEYS", "*"))
        if keys:
            await ask(world.redis_port, "DEL", chance.choice(keys))


@fault("redis")
async def scripts_flushed(world: World, seconds: float, chance: random.Random) -> None:
    """SCRIPT FLUSH."""
    with suppress(*FAILURES):
        await ask(world.redis_port, "SCRIPT", "FLUSH")


@fault("redis")
async def connections_killed(world: World, seconds: float, chance: random.Random) -> None:
    """CLIENT KILL of all but the referee's connections, every 100 ms."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    with suppress(*FAILURES):
        redis = await Resp.connect(world.redis_port)
        try:
            while loop.time() < end:
                for line in (await redis.ask("CLIENT", "LIST")).decode().splitlines():
                    words = dict(word.partition("=")[::2] for word in line.split(" "))
                    if words.get("name") != NAME:
                        with suppress(*FAILURES):
                            await redis.ask("CLIENT", "KILL", "ID", words["id"])
                await asyncio.sleep(0.1)
        finally:
            redis.close()


async def _while(line: Line, seconds: float) -> None:
    try:
        await asyncio.sleep(seconds)
    finally:
        line.heal()


def _line(world: World, chance: random.Random, kind: str) -> Line:
    return world.lines[chance.choice([name for name in sorted(world.lines) if name.startswith(kind)])]


def _enter_lines(kind: str, *gaps: str) -> None:
    """Enter the faults of lines: those of gateways or publishers to Redis, or of clients to gateways."""

    def enter(name: str, do: Doing) -> None:
        FAULTS[f"{kind}_line_{name}"] = Fault(do, f"{kind}_line", frozenset(gaps))

    async def slow(world: World, seconds: float, chance: random.Random) -> None:
        """Everything waits for 20 to 500 ms."""
        line = _line(world, chance, kind)
        line.delay = chance.uniform(0.02, 0.5)
        await _while(line, seconds)

    async def thin(world: World, seconds: float, chance: random.Random) -> None:
        """3 to 40 kB a second."""
        line = _line(world, chance, kind)
        line.rate = chance.randint(3_000, 40_000)
        await _while(line, seconds)

    async def cut(world: World, seconds: float, chance: random.Random) -> None:
        """All connections break at once."""
        _line(world, chance, kind).cut()

    async def torn(world: World, seconds: float, chance: random.Random) -> None:
        """Connections break in the middle of what comes."""
        line = _line(world, chance, kind)
        line.tear()
        await _while(line, min(seconds, 1.0))

    async def hole(world: World, seconds: float, chance: random.Random) -> None:
        """A black hole, one way or both."""
        line = _line(world, chance, kind)
        line.hole(*chance.choice([(UP,), (DOWN,), (UP, DOWN)]))
        await _while(line, seconds)

    for name, do in (("slow", slow), ("thin", thin), ("cut", cut), ("torn", torn), ("hole", hole)):
        enter(name, do)


_enter_lines("gateway")
_enter_lines("publisher")
_enter_lines("clients", "slow")


@fault("nginx")
async def nginx_reloaded(world: World, seconds: float, chance: random.Random) -> None:
    """SIGHUP: old workers cut their streams a second later."""
    if world.balancer is not None:
        world.balancer.process.signal(signal.SIGHUP)


async def _configured(world: World, seconds: float, name: str, value: str, before: str) -> None:
    with suppress(*FAILURES):
        await ask(world.redis_port, "CONFIG", "SET", name, value)
    try:
        await asyncio.sleep(seconds)
    finally:
        with suppress(*FAILURES):
            await ask(world.redis_port, "CONFIG", "SET", name, before)


@fault("redis", "feed", "retention")
async def redis_full(world: World, seconds: float, chance: random.Random) -> None:
    """Every write is refused: more memory is used than is allowed."""
    await _configured(world, seconds, "maxmemory", "1mb", "0")


@fault("redis")
async def output_buffers_tiny(world: World, seconds: float, chance: random.Random) -> None:
    """Redis cuts every subscriber that does not take a few KiB at once."""
    limits = "pubsub {0} {0} 1"
    small, large = limits.format(chance.choice([2048, 8192])), limits.format("32mb")
    await _configured(world, seconds, "client-output-buffer-limit", small, large)


@fault("redis", "feed", "retention")
async def scripts_refused(world: World, seconds: float, chance: random.Random) -> None:
    """The publishers lose the right to run scripts, and get it back."""
    with suppress(*FAILURES):
        await ask(world.redis_port, "ACL", "SETUSER", "default", "-eval", "-evalsha")
    try:
        await asyncio.sleep(seconds)
    finally:
        with suppress(*FAILURES):
            await ask(world.redis_port, "ACL", "SETUSER", "default", "+eval", "+evalsha")
