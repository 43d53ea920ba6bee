"""Takes each defence of the product out once: the referee, or a test, has to find fault without it.

`python -m tests.faults.mutations` works on a copy of the repository, one defence at a time. A mutation
replaces a piece of a file; where that piece is gone, the mutation has to follow the code.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.defences.mutation import Mutation
from tests.faults.defences.shown_by_gateway_tests import GATEWAY
from tests.faults.defences.shown_by_publisher_tests import PUBLISHER
from tests.faults.defences.shown_by_redis_tests import REDIS
from tests.faults.defences.shown_by_runs import RUNS

ROOT = Path(__file__).parents[2]

MUTATIONS = (*RUNS, *GATEWAY, *PUBLISHER, *REDIS)

FAILED = 1
"""What pytest and the referee return where something was found; anything else is no verdict."""


def mutate(tree: Path, mutation: Mutation) -> None:
    """Take a defence out of a copy of the repository. Raises ValueError if its text is not there once."""
    for name, old, new in ((mutation.file, mutation.old, mutation.new), *mutation.also):
        text = (tree / name).read_text("utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{mutation.name}: the text is not once in {name}")
        (tree / name).write_text(text.replace(old, new), "utf-8")


def _copy(tree: Path) -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, names.decode().split("\0")):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)


def _command(mutation: Mutation) -> list[str]:
    if mutation.test:
        return [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutation.test]
    return [sys.executable, "-m", "tests.faults", *mutation.run, "--show", "3"]


def shown(mutation: Mutation, intact: bool = False) -> tuple[bool, str]:
    """Run the proof of a defence without it; tell whether it has failed as it has to, and what it said.

    With `intact` the defence stays, and the proof has to pass.
    """
    with TemporaryDirectory(prefix="tickcast-mutation-") as folder:
        tree = Path(folder)
        _copy(tree)
        if not intact:
            mutate(tree, mutation)
        environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
        command = _command(mutation)
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if intact:
        return done.returncode == 0, said
    names = "FAILED" if mutation.test else f"'{mutation.sees}'"
    return done.returncode == FAILED and names in done.stdout, said


def main() -> int:
    """Take out all, or those whose name holds a word; return 1 if one was not missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutations", description=__doc__)
    parser.add_argument("words", nargs="*", help="part of a name; none: all")
    parser.add_argument("--show", action="store_true", help="print what the referee or the test said")
    parser.add_argument("--intact", action="store_true", help="leave the defences in: all has to pass")
    parser.add_argument("--tests", action="store_true", help="only those that a test shows, not a run")
    given = parser.parse_args()
    missed = 0
    for mutation in MUTATIONS:
        if given.words and not any(word in mutation.name for word in given.words):
            continue
        if given.tests and not mutation.test:
            continue
        seen, said = shown(mutation, given.intact)
        missed += not seen
        verdict = ("passed" if seen else "FAILED") if given.intact else ("seen" if seen else "NOT SEEN")
        print(f"{verdict:9} {mutation.name} ({mutation.file})", flush=True)
        if given.show or not seen:
            print(said, flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
