"""What a fault is, and the table of all faults."""

import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.faults.referee.world import World

Doing = Callable[[World, float, random.Random], Awaitable[None]]

LASTS = 4.0
"""Seconds that a fault lasts in a run of its own."""


class Fault(NamedTuple):
    """One kind of fault."""

    do: Doing
    """Do it to a world for so many seconds, and end it."""
    part: str
    """What it is done to; no two faults of one part overlap."""
    gaps: frozenset[str]
    """Reasons of gaps that clients may be sent for it."""
    kind: str
    """The module that it stands in: faults of one kind are alike."""
    needs: str = ""
    """The kind of world that it needs: `clocks` or `sentinel`; empty: the plain one."""
    lasts: float = LASTS
    """Seconds that it lasts in a run of its own."""


FAULTS: dict[str, Fault] = {}
"""By name."""


def enter(
    do: Doing, part: str, *gaps: str, name: str = "", needs: str = "", lasts: float = LASTS, kind: str = ""
) -> None:
    """Enter a function into FAULTS, under its own name or another."""
    kind = kind or do.__module__.rpartition(".")[2]
    FAULTS[name or do.__name__] = Fault(do, part, frozenset(gaps), kind, needs, lasts)


def fault(part: str, *gaps: str, needs: str = "", lasts: float = LASTS) -> Callable[[Doing], Doing]:
    """Enter a function into FAULTS, under its own name."""

    def entered(do: Doing) -> Doing:
        enter(do, part, *gaps, needs=needs, lasts=lasts)
        return do

    return entered
