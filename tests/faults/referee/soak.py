"""One world for a long time, with random faults under load: judged in laps, so that memory stays bounded."""

import asyncio
import random
import time
from dataclasses import replace

from tests.faults.referee import nginx
from tests.faults.referee.crowd import Crowd, plans
from tests.faults.referee.gauges import Gauges, read
from tests.faults.referee.judge import judge
from tests.faults.referee.resp import FAILURES
from tests.faults.referee.run import BOUND, CLIENTS, HEALED, SETTLE, Outcome, facts_of, report, trouble
from tests.faults.referee.schedule import possible, schedule
from tests.faults.referee.shape import Shape
from tests.faults.referee.world import FAST, RARE, World

LAP = 60.0
"""Seconds of faults in a lap, before it settles and is judged."""


async def soak(minutes: float, seed: int, wanted: list[str], show: int = 12, lap: float = LAP) -> int:
    """Run it, print each lap; return 1 if anything was wrong."""
    names = [name for name in possible("plain") if name in wanted]
    shape = Shape(nginx=nginx.is_installed())
    chance, end, bad, number = random.Random(f"soak {seed}"), time.monotonic() + minutes * 60, 0, 0
    async with World(shape, chance, CLIENTS) as world:
        while time.monotonic() < end:
            number += 1
            seconds = min(lap, max(5.0, end - time.monotonic()))
            outcome = await one_lap(world, seed * 1000 + number, seconds, names)
            bad += bool(outcome.verdict.faults)
            print(f"lap {number} (schedule {outcome.seed}):\n{report(outcome, show)}", flush=True)
            for gateway in world.gateways:
                print(f"  {gateway.name}: {await _held(world, gateway.name, gateway.pid)}", flush=True)
    print(f"{number - bad} of {number} laps are without fault")
    return 1 if bad else 0


async def one_lap(world: World, seed: int, seconds: float, names: list[str]) -> Outcome:
    """Trouble a world that goes on from the lap before, let it settle, and judge. Raises TimeoutError."""
    steps, chance = schedule(seed, seconds, names), random.Random(f"lap {seed}")
    handed, world.feeder.paused, world.findings = world.feeder.handed, False, []
    coming = Crowd(plans(FAST, RARE, chance, CLIENTS), world.doors, chance)
    async with asyncio.timeout(seconds + BOUND), coming as crowd:
        await trouble(world, steps, seconds)
        await world.heal()
        await world.goes_on(SETTLE)
        await asyncio.sleep(HEALED)
        await world.feeder.finish()
        await asyncio.sleep(1)
        await crowd.settle(world.ledger, SETTLE)
    ledger = world.ledger
    ledger.close()
    world.ledger = ledger.next()
    facts = facts_of([step.fault for step in steps])
    verdict = judge(crowd.traces, ledger, replace(facts, stall=crowd.pulse.stall))
    verdict.faults += world.findings
    return Outcome(seed, steps, verdict, world.feeder.handed - handed, crowd.pulse.stall, world.outputs())


async def _held(world: World, name: str, pid: int) -> Gauges | str:
    try:
        return await read(pid, world.ports[name])
    except FAILURES as error:
        return repr(error)
