"""Reserves a core for the measured server; all other processes share the other cores.

Otherwise the kernel moves the server between cores and the load generator displaces it: two runs of the same
code then differ by half.
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
        """A sentence that says which processes run on which core."""
        if self.server == self.shared:
            return "One core only: the measured server shares it with everything else."
        shared = ", ".join(map(str, sorted(self.shared)))
        server = min(self.server)
        return f"The measured server has core {server} to itself; all other processes run on core {shared}."


def divide(cores: set[int]) -> Cores:
    """Return `cores` divided: a core for the server if there are two or more."""
    if len(cores) < 2:
        return Cores(frozenset(cores), frozenset(cores))
    server = max(cores)
    return Cores(frozenset({server}), frozenset(cores - {server}))


@contextmanager
def divided() -> Iterator[Cores]:
    """Move this process, and thus every child that it starts, off the server's core."""
    before = os.sched_getaffinity(0)
    cores = divide(before)
    os.sched_setaffinity(0, cores.shared)
    try:
        yield cores
    finally:
        os.sched_setaffinity(0, before)
