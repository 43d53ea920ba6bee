"""A leash: the kernel kills a leashed program when its parent dies, even by SIGKILL.

    python leash.py PARENT_PID PROGRAM ARGUMENT...

This file runs as a script, then replaces itself with PROGRAM: the kernel's setting (PR_SET_PDEATHSIG)
survives exec, so that programs such as Valkey need not know of it. Only Linux has the setting; on other
systems PROGRAM runs without a leash.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def leashed(argv: Sequence[str]) -> list[str]:
    """Return the command line that runs `argv` on a leash of this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def main(parent: int, argv: list[str]) -> None:
    """Replace this process with `argv`. Returns only if the process `parent` is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before prctl ran; the kernel sends no signal then.
        if os.getppid() != parent:
            return
    os.execv(argv[0], argv)  # noqa: S606 - the arguments are our own supervisor's


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
