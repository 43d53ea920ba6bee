"""`make hostile`: every attack at full strength, with a crowd beside it whose ages are compared.

    python -m tests.hostile --attack pipelining --door direct --out results.jsonl

Prints the rows of the table in docs/security.md; ends with 1 if anybody but the attacker was harmed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.hostile.attacks.all import ATTACKS
from tests.hostile.crowd import HARM
from tests.hostile.world import DOORS, World, crowd_at, running_world
from tickcast.gateway.settings import GatewaySettings

MIB = 1 << 20

WORLD: dict[str, Any] = {"symbols": 500, "rate": 1000, "ring_seconds": 5, "filled": True}
"""Arguments of `running_world`, unless an attack has others."""

WARM, QUIET, AFTER = 35.0, 20.0, 60.0
"""Seconds before ages count, in which a gateway looks for free memory once; of the undisturbed phase; and
after the attack, until memory is read again."""

BUDGET: int = GatewaySettings.model_fields["stream_bytes"].default
"""So many bytes the gateway's memory may grow meanwhile: what it has for all clients."""

CLIENTS = 50
"""Clients of the crowd that get every tick, and as many that get the newest every 250 ms."""

MORE_AGE = 2.0
"""By this factor the p99 of ages may grow meanwhile."""

MORE_LINES = 10
"""So many lines the gateway may log meanwhile, and after."""

MORE_MEMORY = 1.1
"""By this factor the gateway's memory may stay grown after AFTER seconds."""


class Result(NamedTuple):
    """What one attack did through one door."""

    attack: str
    door: str
    counts: dict[str, int]
    """What the attacker counted."""
    found: dict[str, Any]
    """What the crowd found (`crowd.py`)."""
    memory: dict[str, int]
    """Bytes of the gateway: `before`, the `most`, and `after`."""
    lines: int = 0
    """Lines that the gateway has logged meanwhile, and after."""

    @property
    def ages(self) -> dict[str, tuple[float, float]]:
        """The p99 of ages in ms, undisturbed and during the attack, by interval."""
        return {
            interval: (phases["quiet"]["p99"], phases["attack"]["p99"])
            for interval, phases in self.found["ages"].items()
        }

    @property
    def waits(self) -> tuple[float, float]:
        """The p99 of how long newcomers waited for their prices in ms, undisturbed and during the attack."""
        waits = self.found["waits"]
        return waits["quiet"]["p99"], waits["attack"]["p99"]

    @property
    def harm(self) -> list[str]:
        """What happened to others, in words."""
        harm = [f"{self.found[name]} {name}" for name in HARM if self.found[name]]
        for interval, (quiet, attacked) in self.ages.items():
            if attacked > MORE_AGE * quiet:
                harm.append(f"p99 at {interval} ms: {attacked / quiet:.1f} x")
        if self.memory["after"] > MORE_MEMORY * self.memory["before"]:
            harm.append(f"{(self.memory['after'] - self.memory['before']) // MIB} MiB stay")
        if (more := self.memory["most"] - self.memory["before"]) > BUDGET:
            harm.append(f"{more // MIB} MiB more for a while")
        if self.lines > MORE_LINES:
            harm.append(f"{self.lines} lines logged")
        return harm

    def row(self) -> str:
        """Return the row of a table."""
        counts = ", ".join(f"{count:,} {name}" for name, count in sorted(self.counts.items()))
        pairs = [*self.ages.values(), self.waits]
        ages = " · ".join(f"{quiet:.1f} → {attacked:.1f}" for quiet, attacked in pairs)
        memory = " → ".join(str(self.memory[each] // MIB) for each in ("before", "most", "after"))
        harm = "; ".join(self.harm) or "none"
        return f"| {ATTACKS[self.attack].what} | {self.door} | {counts} | {ages} | {memory} | {harm} |"


async def attack(name: str, door: str, after: float = AFTER) -> Result:
    """Attack through a door, with a crowd beside it."""
    wanted = ATTACKS[name]
    async with (
        # A ring that is full before anything is measured: what grows then is the attacker's.
        # For the same reason all symbols have prices.
        running_world(door, **{**WORLD, **wanted.world}) as world,
        crowd_at(world, CLIENTS, CLIENTS) as crowd,
    ):
        await crowd.begin("warm")
        await asyncio.sleep(WARM)
        await crowd.begin("quiet")
        await asyncio.sleep(QUIET)
        before, logged = world.memory(), len(world.gateway.output().splitlines())
        await crowd.begin("attack")
        counts, most = await _attacked(name, world)
        await crowd.begin("after")
        await asyncio.sleep(after)
        memory = {"before": before, "most": most, "after": world.memory()}
        lines = len(world.gateway.output().splitlines()) - logged
        return Result(name, door, counts, await crowd.end(), memory, lines)


async def _attacked(name: str, world: World) -> tuple[dict[str, int], int]:
    """Run the attacker; return what it counted, and the most memory meanwhile."""
    attacker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.hostile.attacker", name, world.redis_url),
        *map(str, (world.port, *world.others)),
        stdout=subprocess.PIPE,
    )
    most = world.memory()
    ending = asyncio.create_task(attacker.communicate())
    while not ending.done():
        most = max(most, world.memory())
        await asyncio.wait([ending], timeout=0.2)
    return json.loads(ending.result()[0]), max(most, world.memory())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--attack", action="append", choices=[*ATTACKS], help="only these")
    parser.add_argument("--door", action="append", choices=DOORS, help="only through these")
    parser.add_argument("--after", type=float, default=AFTER, help="seconds until memory is read again")
    parser.add_argument("--out", type=Path, help="append the results to this file, as JSON")
    return parser.parse_args()


def main() -> int:
    """Attack; return 1 if anybody was harmed."""
    given, harmed = _arguments(), False
    print(f"{time.strftime('%Y-%m-%d')}\n")
    print("| attack | door | what the attacker counted | p99 in ms: ages 0 · 250 ms · waits | MiB | harm |")
    print("|---|---|---|---|---|---|", flush=True)
    for name in given.attack or ATTACKS:
        for door in given.door or DOORS:
            if door not in ATTACKS[name].doors:
                continue
            result = asyncio.run(attack(name, door, given.after))
            print(result.row(), flush=True)
            harmed |= bool(result.harm)
            if given.out:
                with given.out.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(result._asdict()) + "\n")
    return int(harmed)


if __name__ == "__main__":
    sys.exit(main())
