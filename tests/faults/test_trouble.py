"""How a schedule of faults is carried out."""

import asyncio
import random
from typing import cast

import pytest

from tests.faults.referee.faults.registry import FAULTS, Fault
from tests.faults.referee.run import trouble
from tests.faults.referee.schedule import Step
from tests.faults.referee.world import World


async def test_a_fault_that_takes_longer_than_planned_is_not_disturbed_by_the_next_of_its_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    let_go = asyncio.Event()

    async def long(world: World, seconds: float, chance: random.Random) -> None:
        said.append("begun")
        await let_go.wait()
        said.append("ended")

    async def next_one(world: World, seconds: float, chance: random.Random) -> None:
        said.append("next")

    async def elsewhere(world: World, seconds: float, chance: random.Random) -> None:
        said.append("elsewhere")
        let_go.set()

    doings = {"long": (long, "redis"), "next": (next_one, "redis"), "elsewhere": (elsewhere, "gateway")}
    for name, (do, part) in doings.items():
        monkeypatch.setitem(FAULTS, name, Fault(do, part, frozenset(), "made up"))
    steps = [Step(0.01 * at, name, 0.01, 1) for at, name in enumerate(doings)]
    async with asyncio.timeout(10):
        await trouble(cast("World", None), steps, 0.05)
    assert said == ["begun", "elsewhere", "ended", "next"]
