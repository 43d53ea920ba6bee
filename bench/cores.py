"""Which core the measured server has for itself, and which ones everything else shares.

Without it the kernel moves the server between cores, and the load generator pushes it aside:
two runs of the same code then differ by half.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Cores(NamedTuple):
    """CPU numbers, as `os.sched_setaffinity` takes them."""

    server: frozenset[int]
    """For the measured server alone."""
    shared: frozenset[int]
    """For Redis, publisher and load."""

    @property
    def note(self) -> str:
        """Say in one sentence who runs where."""
        if self.server == self.shared:
            return "One core only: the measured server shares it with everything else."
        shared = ", ".join(map(str, sorted(self.shared)))
        return f"The measured server has core {min(self.server)} to itself; all else runs on core {shared}."


def divide(cores: set[int]) -> Cores:
    """Return how `cores` are shared out: one for the server, if there are two."""
    if len(cores) < 2:
        return Cores(frozenset(cores), frozenset(cores))
    server = max(cores)
    return Cores(frozenset({server}), frozenset(cores - {server}))


@contextmanager
def divided() -> Iterator[Cores]:
    """Move this process, and so every child that it starts, off the server's core."""
    before = os.sched_getaffinity(0)
    cores = divide(before)
    os.sched_setaffinity(0, cores.shared)
    try:
        yield cores
    finally:
        os.sched_setaffinity(0, before)
