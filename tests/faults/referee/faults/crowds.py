"""Crowds that join and leave at once; what they leave behind in a gateway is counted."""

import random
from contextlib import suppress

from tests.faults.referee.faults.registry import fault
from tests.faults.referee.gauges import Gauges, read, settled
from tests.faults.referee.resp import FAILURES
from tests.faults.referee.world import World

RATE = 2000
"""Clients that come in a second."""

HOLD = 500
"""Clients that are there at once, at most."""


@fault("gateway", "slow")
async def crowd(world: World, seconds: float, chance: random.Random) -> None:
    """2,000 clients a second join and leave, each for a moment, with many lists of symbols."""
    before: dict[int, Gauges] = {}
    for gateway in world.gateways:
        # One that is just starting, or frozen, has nothing to compare with.
        with suppress(*FAILURES):
            before[gateway.pid] = await read(gateway.pid, world.ports[gateway.name])
    await world.stampede(RATE, HOLD, seconds)
    for gateway in world.gateways:
        if gateway.pid not in before:
            continue
        most = bound(before[gateway.pid], world.clients)
        left = await settled(gateway.pid, world.ports[gateway.name], most)
        if left and gateway.pid in before:
            world.found("left behind by a crowd", gateway.name, left)


def bound(before: Gauges, clients: int) -> Gauges:
    """Return what a gateway may hold when a crowd is gone, and `clients` others come and go."""
    # Each of the others has a stream, a group of its own, and while it changes its list another one.
    few = 2 * clients + 10
    return Gauges(few, few, before.files + few, before.threads + 40, before.memory + 64 * 2**20)
