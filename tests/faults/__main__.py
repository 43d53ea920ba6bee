"""`python -m tests.faults`: runs of the referee, each from a seed that replays its schedule."""

import argparse
import asyncio
import sys
import traceback
from collections.abc import Iterator

from tests.faults.referee import nginx
from tests.faults.referee.faults import FAULTS
from tests.faults.referee.run import CLIENTS, report, run
from tests.faults.referee.schedule import Step, schedule
from tests.faults.referee.world import Shape

SINGLE = 12.0
"""Seconds of a run with a single fault, which begins after 3 s and lasts 4."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1, help="random schedules, with seeds that count up")
    parser.add_argument("--each", action="store_true", help="first a run with each fault by itself")
    parser.add_argument("--seconds", type=float, default=20, help="of each schedule, before it settles")
    parser.add_argument("--rate", type=float, default=300, help="ticks a second")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--gateways", type=int, default=2, choices=[1, 2, 3])
    parser.add_argument("--publishers", type=int, default=2, choices=[1, 2])
    parser.add_argument("--partitions", type=int, default=2)
    parser.add_argument("--quiet", action="store_true", help="without any fault")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="only of these kinds")
    parser.add_argument("--list", action="store_true", help="print the names of all faults, and end")
    parser.add_argument("--plan", action="store_true", help="print the schedules, and end")
    parser.add_argument("--show", type=int, default=12, help="lines of what is wrong that are printed")
    parser.add_argument("--logs", action="store_true", help="print what the programs said where a run is bad")
    given = parser.parse_args()
    if unknown := set(given.fault) - FAULTS.keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; --list names them all")
    return given


def _runs(given: argparse.Namespace) -> Iterator[tuple[str, int, float, list[Step]]]:
    """Give name, seed, seconds and steps of each run."""
    if given.each:
        for name in given.fault or sorted(FAULTS):
            yield name, given.seed, SINGLE, [Step(3.0, name, 4.0, given.seed)]
    for seed in range(given.seed, given.seed + given.runs):
        steps = [] if given.quiet else schedule(seed, given.seconds, given.fault)
        yield f"seed {seed}", seed, given.seconds, steps


def main() -> int:
    """Run; return 1 if any run was bad."""
    given, bad, count = _arguments(), [], 0
    if given.list:
        print("\n".join(f"{name:24} {FAULTS[name].do.__doc__ or ''}".rstrip() for name in sorted(FAULTS)))
        return 0
    shape = Shape(given.gateways, given.publishers, given.partitions, nginx.is_installed(), rate=given.rate)
    for name, seed, seconds, steps in _runs(given):
        print(f"{name}:", flush=True)
        if given.plan:
            print("\n".join(f"  {step}" for step in steps))
            continue
        count += 1
        try:
            outcome = asyncio.run(run(seed, seconds, steps, shape, given.clients))
        except Exception:
            # The world did not come up, or a fault could not be done: no verdict, and the next run.
            traceback.print_exc()
            bad.append(name)
            continue
        print(report(outcome, given.show), flush=True)
        if outcome.verdict.faults:
            bad.append(name)
            if given.logs:
                print(outcome.outputs, flush=True)
    if count > 1:
        print(f"{count - len(bad)} of {count} runs are without fault; not: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
