"""One run: a world, a crowd, a schedule of faults, and the verdict."""

import asyncio
import random
import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tests.faults.referee import nginx
from tests.faults.referee.client import Doors
from tests.faults.referee.crowd import Crowd, plans
from tests.faults.referee.faults.all import FAULTS
from tests.faults.referee.judge import judge
from tests.faults.referee.ledger import Ledger
from tests.faults.referee.schedule import Step
from tests.faults.referee.shape import Shape
from tests.faults.referee.trace import Plan
from tests.faults.referee.verdict import Facts, Fault, Verdict
from tests.faults.referee.world import FAST, RARE, World

HEALED = 3.0
"""Seconds for which ticks go on after the last fault: what heals has to be seen to be live."""

SETTLE = 25.0
"""Seconds in which every client has to reach the newest tick, after the last one."""

CLIENTS = 34

BOUND = 120.0
"""Seconds beyond the schedule after which a run is given up, whatever it waits for."""


class Beside(Protocol):
    """Others that look at the same run. They come when it begins, and go at its end."""

    async def __aenter__(self) -> Any: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def settle(self, ledger: Ledger, seconds: float) -> None:
        """Read all that there is, within so many seconds."""
        ...

    def faults(self, ledger: Ledger) -> list[Fault]:
        """Return what is wrong."""
        ...


class Nobody:
    """Nobody looks beside the referee's own clients."""

    def __init__(self, doors: Doors) -> None: ...

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def settle(self, ledger: Ledger, seconds: float) -> None: ...

    def faults(self, ledger: Ledger) -> list[Fault]:
        """Return nothing."""
        return []


@dataclass
class Outcome:
    """What a run has given."""

    seed: int
    steps: list[Step]
    verdict: Verdict
    handed: int
    """Ticks given to the publishers."""
    stall: int
    """µs for which the referee itself was held up, at most."""
    outputs: str
    """The end of what the programs have printed."""


def facts_of(faults: list[str]) -> Facts:
    """Return what the judge has to know of a run with these faults."""
    gaps = frozenset(reason for name in faults for reason in FAULTS[name].gaps)
    if not faults:
        return Facts(gaps, age=1_500_000, broken=False)
    # No fault by itself takes the log and the publisher that remembers its ticks.
    return Facts(gaps | {"slow"}, holes=len(faults) > 1 and "feed" in gaps)


async def run(
    seed: int,
    seconds: float,
    steps: list[Step],
    shape: Shape | None = None,
    clients: int = CLIENTS,
    wanted: Callable[[Plan], bool] = lambda plan: True,
    beside: Callable[[Doors], Beside] = Nobody,
) -> Outcome:
    """Run it all: `seconds` of ticks, then settle. Raises what the referee itself runs into."""
    shape = shape or Shape(nginx=nginx.is_installed())
    chance = random.Random(f"run {seed}")
    coming = list(filter(wanted, plans(FAST, RARE, chance, clients)))
    facts = facts_of([step.fault for step in steps])
    async with asyncio.timeout(seconds + BOUND), World(shape, chance, clients) as world:
        others = beside(world.doors)
        async with Crowd(coming, world.doors, chance) as crowd, others:
            await trouble(world, steps, seconds)
            await world.heal()
            await world.goes_on(SETTLE)
            await asyncio.sleep(HEALED if steps else 0)
            await world.feeder.finish()
            # The last ticks are on their way to Redis.
            await asyncio.sleep(1)
            await crowd.settle(world.ledger, SETTLE)
            await others.settle(world.ledger, SETTLE)
        outputs = world.outputs()
    world.ledger.close()
    verdict = judge(crowd.traces, world.ledger, replace(facts, stall=crowd.pulse.stall))
    verdict.faults += world.findings + others.faults(world.ledger)
    return Outcome(seed, steps, verdict, world.feeder.handed, crowd.pulse.stall, outputs)


async def trouble(world: World, steps: list[Step], seconds: float) -> None:
    """Do the steps, each at its time, for so many seconds; one waits while another of its part goes on.

    A fault may take longer than its step says: a second Redis has to start and to copy the first.
    """
    loop = asyncio.get_running_loop()
    begin = loop.time()
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    async with asyncio.TaskGroup() as group:
        for step in steps:
            await asyncio.sleep(max(0, begin + step.at - loop.time()))
            group.create_task(_done(world, step, turns[FAULTS[step.fault].part]))
        await asyncio.sleep(max(0, begin + seconds - loop.time()))


async def _done(world: World, step: Step, turn: asyncio.Lock) -> None:
    try:
        async with turn:
            await FAULTS[step.fault].do(world, step.lasts, random.Random(step.seed))
    except Exception:
        traceback.print_exc()
        raise RuntimeError(f"the referee could not do: {step}") from None


def report(outcome: Outcome, faults: int = 12) -> str:
    """Return the outcome in lines."""
    verdict = outcome.verdict
    lines = [
        f"  {verdict.accepted:,} ticks accepted of {outcome.handed:,} handed in, "
        f"{verdict.delivered:,} delivered, {verdict.covered:,} covered by gaps that were sent, "
        f"{verdict.lost:,} lost untold, {verdict.repeated:,} repeated",
        f"  believed live when it was not: {verdict.stale / 1e6:.2f} s at most; "
        f"gaps {dict(verdict.gaps)}; resumed {dict(verdict.resumed)}; "
        f"{verdict.bars:,} states of bars checked; "
        f"the referee was held up for {outcome.stall / 1e3:.0f} ms at most",
    ]
    for encoding, ages in sorted(verdict.ages.items()):
        lines.append(
            f"  age, {encoding}: p50 {ages.share(0.5) / 1e3:.1f} ms, p99 {ages.share(0.99) / 1e3:.1f} ms, "
            f"max {ages.most / 1e3:.0f} ms, "
            f"from Redis at most {ages.longest / 1e3:.0f} ms ({len(ages.values):,} ticks)"
        )
    if verdict.faults:
        lines.append(f"  FAULTS {dict(verdict.kinds())}")
        lines += [f"  {step}" for step in outcome.steps]
        lines += [f"    {fault}" for fault in verdict.faults[:faults]]
    return "\n".join(lines)
