"""`python -m tests.faults`: runs of the referee, each from a seed that replays its schedule."""

import argparse
import asyncio
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from tests.faults.pairs import Pairs
from tests.faults.referee import clock, nginx
from tests.faults.referee.faults.all import FAULTS
from tests.faults.referee.results import Result, failed, parse, result_of, table
from tests.faults.referee.run import CLIENTS, report, run
from tests.faults.referee.schedule import KINDS, Drawn, Step, draw, possible, schedule
from tests.faults.referee.shape import Shape
from tests.faults.referee.soak import soak

BEGIN, AFTER = 3.0, 5.0
"""Seconds of a run of a single fault before it begins, and after it has ended."""


class Run(NamedTuple):
    """One run to do."""

    name: str
    seed: int
    seconds: float
    world: Drawn
    steps: list[Step]


def _seeds(text: str) -> list[int]:
    """Return the seeds of `7`, `1-100`, `1,5,20-30`."""
    if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", text):
        raise argparse.ArgumentTypeError(f"{text} is no list of seeds, such as 1-100 or 3,7")
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "--seeds", "--seed", type=_seeds, default=[], metavar="1-100", help="random schedules"
    )
    parser.add_argument("--each", action="store_true", help="a run with each fault by itself")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="only of these, or kinds"
    )
    parser.add_argument("--draws", type=int, default=1, help="seed of what a single fault draws")
    parser.add_argument("--quiet", action="store_true", help="without any fault")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="one world, random faults all the time")
    parser.add_argument("--seconds", type=float, default=20, help="of each schedule, before it settles")
    parser.add_argument("--rate", type=float, default=300, help="ticks a second")
    parser.add_argument("--heartbeat", type=int, default=1000, help="of streams, in ms")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--partitions", type=int, help="instead of what the seed draws")
    parser.add_argument("--gateways", type=int, choices=[1, 2, 3], help="instead of what the seed draws")
    parser.add_argument("--list", action="store_true", help="print the names of all faults, and end")
    parser.add_argument("--plan", action="store_true", help="print the schedules, and end")
    parser.add_argument("--show", type=int, default=12, help="lines of what is wrong that are printed")
    parser.add_argument("--logs", action="store_true", help="print what the programs said where a run is bad")
    parser.add_argument("--out", type=Path, help="append the result of each run to this file, as JSON")
    parser.add_argument("--sum", type=Path, nargs="+", help="print the table of these files, and end")
    given = parser.parse_args()
    kinds = {fault.kind for fault in FAULTS.values()}
    if unknown := set(given.fault) - FAULTS.keys() - kinds:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; --list names them all")
    return given


def _wanted(given: argparse.Namespace) -> list[str]:
    found = sorted(
        name for name, fault in FAULTS.items() if not given.fault or {name, fault.kind} & {*given.fault}
    )
    if clock.library() is None and (lacking := [name for name in found if FAULTS[name].needs == "clocks"]):
        print(f"without faketime these cannot be done: {', '.join(lacking)}", flush=True)
        found = [name for name in found if name not in lacking]
    return found


def _runs(given: argparse.Namespace, wanted: list[str]) -> Iterator[Run]:
    if given.quiet:
        yield Run("quiet", 1, given.seconds, Drawn("plain", 2, 2), [])
    for name in wanted if given.each else ():
        fault = FAULTS[name]
        world, seconds = Drawn(fault.needs or "plain", 2, 2), BEGIN + fault.lasts + AFTER
        yield Run(name, given.draws, seconds, world, [Step(BEGIN, name, fault.lasts, given.draws)])
    for seed in given.seeds:
        able = [kind for kind in KINDS if set(possible(kind)) & set(wanted)]
        world = draw(seed, able)
        steps = schedule(seed, given.seconds, [name for name in possible(world.kind) if name in wanted])
        yield Run(f"seed {seed}", seed, given.seconds, world, steps)


def _do(each: Run, given: argparse.Namespace) -> Result:
    partitions, gateways = given.partitions or each.world.partitions, given.gateways or each.world.gateways
    shape = Shape(gateways, 2, partitions, nginx.is_installed(), each.world.kind)
    shape = replace(shape, rate=given.rate, heartbeat=given.heartbeat)
    try:
        outcome = asyncio.run(run(each.seed, each.seconds, each.steps, shape, given.clients, beside=Pairs))
    except Exception as error:
        # The world did not come up, or a fault could not be done: no verdict, and the next run.
        traceback.print_exc()
        return failed(each.name, error)
    print(report(outcome, given.show), flush=True)
    if outcome.verdict.faults and given.logs:
        print(outcome.outputs, flush=True)
    return result_of(each.name, outcome)


def main() -> int:
    """Run; return 1 if any run was bad."""
    given = _arguments()
    if given.list:
        for name, fault in sorted(FAULTS.items(), key=lambda item: (item[1].kind, item[0])):
            print(f"{fault.kind:16} {name:36} {fault.do.__doc__ or ''}".rstrip())
        return 0
    if given.sum:
        lines = [line for path in given.sum for line in path.read_text("utf-8").splitlines() if line]
        print(table(map(parse, lines)))
        return 0
    wanted = _wanted(given)
    if given.soak:
        return asyncio.run(soak(given.soak, given.seeds[0] if given.seeds else 1, wanted, given.show))
    results: list[Result] = []
    for each in _runs(given, wanted):
        print(f"{each.name} ({each.world.kind}, {each.world.partitions} partitions):", flush=True)
        if given.plan:
            print("\n".join(f"  {step}" for step in each.steps))
            continue
        results.append(_do(each, given))
        if given.out:
            with given.out.open("a", encoding="utf-8") as out:
                out.write(results[-1].line() + "\n")
    if len(results) > 1:
        print(table(results))
    return 1 if any(each.bad for each in results) else 0


if __name__ == "__main__":
    sys.exit(main())
