"""Lines between all parts: delayed, thinned, cut, torn in the middle of a frame, black holes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from tests.faults.referee.faults.registry import enter
from tests.faults.referee.proxy import DOWN, UP, Line
from tests.faults.referee.world import World


async def _while(line: Line, seconds: float) -> None:
    try:
        await asyncio.sleep(seconds)
    finally:
        line.heal()


def _line(world: World, chance: random.Random, kind: str) -> Line:
    """Draw a line of a kind; of those of publishers mostly the leader's."""
    names = [name for name in sorted(world.lines) if name.startswith(kind)]
    drawn = chance.choice(names)
    if kind == "publisher" and chance.random() < 0.7 and world.leader().name in names:
        drawn = world.leader().name
    return world.lines[drawn]


async def slow(kind: str, world: World, seconds: float, chance: random.Random) -> None:
    """Everything waits for 20 to 500 ms."""
    line = _line(world, chance, kind)
    line.delay = chance.uniform(0.02, 0.5)
    await _while(line, seconds)


async def thin(kind: str, world: World, seconds: float, chance: random.Random) -> None:
    """3 to 40 kB a second."""
    line = _line(world, chance, kind)
    line.rate = chance.randint(3_000, 40_000)
    await _while(line, seconds)


async def cut(kind: str, world: World, seconds: float, chance: random.Random) -> None:
    """All connections break at once."""
    _line(world, chance, kind).cut()


async def torn(kind: str, world: World, seconds: float, chance: random.Random) -> None:
    """Connections break in the middle of what comes."""
    line = _line(world, chance, kind)
    line.tear()
    await _while(line, min(seconds, 1.0))


async def hole(ways: tuple[str, ...], kind: str, world: World, seconds: float, chance: random.Random) -> None:
    """A black hole."""
    line = _line(world, chance, kind)
    line.hole(*ways)
    await _while(line, seconds)


LONG = 12.0
"""Seconds after which what is behind by half of what comes is believed live for too long, if it is at all."""

DOINGS: dict[str, tuple[Callable[[str, World, float, random.Random], Awaitable[None]], float]] = {
    "slow": (slow, 4.0),
    "thin": (thin, LONG),
    "cut": (cut, 4.0),
    "torn": (torn, 4.0),
    "hole_up": (partial(hole, (UP,)), 8.0),
    "hole_down": (partial(hole, (DOWN,)), 8.0),
    "hole": (partial(hole, (UP, DOWN)), 8.0),
}

# Of a gateway that is far behind, what it lacks may be gone from the log.
KINDS = {"gateway": ("retention",), "publisher": (), "clients": ("slow",), "balancer": ("slow",)}
"""Lines from gateways and publishers to Redis, from clients and nginx to gateways; gaps that may follow."""


def _enter() -> None:
    for kind, gaps in KINDS.items():
        for name, (doing, lasts) in DOINGS.items():
            enter(
                partial(doing, kind),
                f"{kind}_line",
                *gaps,
                name=f"{kind}_line_{name}",
                lasts=lasts,
                kind=f"{kind}_lines",
            )


_enter()
