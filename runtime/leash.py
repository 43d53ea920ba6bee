"""Becomes another program, one that the kernel kills when the parent dies, even by SIGKILL.

    python leash.py PARENT_PID PROGRAM ARGUMENT...

A program of its own because the wish survives exec, and so reaches programs that know nothing of
it, as Valkey. Only Linux has it; elsewhere the program runs without.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def leashed(argv: Sequence[str]) -> list[str]:
    """Return the command line that runs `argv` on a leash held by this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def main(parent: int, argv: list[str]) -> None:
    """Replace this process. Returns only if the parent is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the wish was made; then no signal comes.
        if os.getppid() != parent:
            return
    os.execv(argv[0], argv)  # noqa: S606 - the arguments are our own supervisor's


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
