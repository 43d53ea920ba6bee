"""`python -m tests.faults`: runs of the referee, each from a seed that replays its schedule."""

import argparse
import asyncio
import sys

from tests.faults.referee import nginx
from tests.faults.referee.faults import FAULTS
from tests.faults.referee.run import CLIENTS, report, run
from tests.faults.referee.schedule import schedule
from tests.faults.referee.world import Shape


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1, help="this many, with seeds that count up")
    parser.add_argument("--seconds", type=float, default=20, help="of each run, before it settles")
    parser.add_argument("--rate", type=float, default=300, help="ticks a second")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--gateways", type=int, default=2, choices=[1, 2, 3])
    parser.add_argument("--publishers", type=int, default=2, choices=[1, 2])
    parser.add_argument("--partitions", type=int, default=2)
    parser.add_argument("--quiet", action="store_true", help="without any fault")
    parser.add_argument(
        "--fault", action="append", default=[], choices=sorted(FAULTS), help="only of these kinds"
    )
    parser.add_argument("--show", type=int, default=12, help="faults found that are printed")
    parser.add_argument(
        "--logs", action="store_true", help="print what the programs said, where a run found faults"
    )
    return parser.parse_args()


def main() -> int:
    """Run; return 1 if any run has found a fault."""
    given, bad = _arguments(), []
    shape = Shape(given.gateways, given.publishers, given.partitions, nginx.is_installed(), rate=given.rate)
    for seed in range(given.seed, given.seed + given.runs):
        steps = [] if given.quiet else schedule(seed, given.seconds, given.fault)
        outcome = asyncio.run(run(seed, given.seconds, steps, shape, given.clients))
        print(report(outcome, given.show), flush=True)
        if outcome.verdict.faults:
            bad.append(seed)
            if given.logs:
                print(outcome.outputs, flush=True)
    if given.runs > 1:
        print(f"{given.runs - len(bad)} of {given.runs} runs without a fault; seeds with one: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
