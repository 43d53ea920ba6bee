"""`make fuzz`: the properties of this folder with many examples, round after round, until the time is over.

    python -m tests.fuzz --minutes 10 --seed 7

Each round has a seed of its own, which is printed: `--seed` begins with it again. What fails is shown with
the line that reproduces it, and kept in `.hypothesis/examples`: every later run of the tests on this machine
tries it first. Ends with 1 after the first round in which something failed.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time

from tests.fuzz.profile import FOUND, ROOT

FIRST = 500
"""Examples of a cheap property in the first round; each later round has twice as many, up to MOST."""

MOST = 20_000


def run(seed: int, examples: int, pytest: list[str]) -> int:
    """Run one round; return the exit code of pytest."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/fuzz", "--timeout=0", f"--hypothesis-seed={seed}"]
    told = {"FUZZ_EXAMPLES": str(examples), "FUZZ_SEED": str(seed)}
    # In CI, hypothesis would choose the same examples each time.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run([*command, *pytest], cwd=ROOT, env=environment | told, check=False).returncode


def main() -> int:
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz every surface.")
    parser.add_argument("--minutes", type=float, default=10, help="no round begins after so many")
    parser.add_argument("--seed", type=int, help="seed of the first round; a random one without")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, such as -n 2 or -k tokens; after --")
    chosen = parser.parse_args()
    began, seed, examples, number = time.monotonic(), chosen.seed, FIRST, 0
    while not number or time.monotonic() - began < chosen.minutes * 60:
        number += 1
        seed = secrets.randbelow(2**32) if seed is None else seed
        print(f"round {number}: seed {seed}, {examples} examples", flush=True)
        if code := run(seed, examples, chosen.pytest):
            print(f"failed: seed {seed}; what failed is kept in {FOUND.relative_to(ROOT)}", flush=True)
            return code
        seed, examples = None, min(MOST, examples * 2)
    print(f"{number} rounds in {(time.monotonic() - began) / 60:.1f} minutes: nothing found", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
