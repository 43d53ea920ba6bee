"""Runs one of Tickcast's programs with a wall clock that is wrong: wrong_clock.py FILE ARGUMENTS.

FILE holds the seconds (clock.py). Only `time.time` and `time.time_ns` are wrong, which the programs use.
"""

import runpy
import sys
import time
from contextlib import suppress

EVERY = 0.2
"""Seconds between two looks at the file."""


def main() -> None:
    """Replace the clock, then run the command line."""
    # The folder of this file is no place to import from: it has a module named like one of Python's own.
    sys.path.pop(0)
    file = sys.argv[1]
    sys.argv[:2] = [sys.argv[0]]
    real, monotonic, state = time.time_ns, time.monotonic, [0, 0.0]

    def time_ns() -> int:
        if monotonic() >= state[1]:
            # A program that may open no more files keeps the clock that it has.
            with suppress(OSError), open(file, encoding="ascii") as opened:
                state[:] = [int(opened.read()), monotonic() + EVERY]
        return real() + int(state[0]) * 1_000_000_000

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9
    runpy.run_module("tickcast.cli.main", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
