"""What a core dump may hold: no memory, for that has passwords, keys and tokens in it."""

import resource
from contextlib import suppress
from pathlib import Path

FILTER = Path("/proc/self/coredump_filter")
"""Which kinds of memory the kernel writes into a dump (core(5)), also into one that it pipes to a program."""


def keep_memory_out() -> None:
    """Let this process and its children leave no core file, and dump no memory to a program either.

    The kernel asks no limit where it pipes dumps to a program, as systemd has it do: there the filter counts.
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Only Linux has it.
    with suppress(OSError):
        FILTER.write_text("0", "ascii")
