"""Seeded random schedules of faults. Pure: one seed gives the same schedule, always."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.referee.faults import FAULTS

CALM = 2.0
"""Seconds at the beginning without a fault."""

PAUSES = (0.2, 2.5)
"""Seconds from the beginning of one fault to that of the next; so some overlap."""

LASTS = (0.3, 8.0)
"""Seconds that a fault lasts."""


class Step(NamedTuple):
    """One fault at its time."""

    at: float
    """Seconds since the beginning."""
    fault: str
    lasts: float
    seed: int
    """Of what the fault itself draws: which gateway, which key."""

    def __str__(self) -> str:
        return f"{self.at:5.1f} s {self.fault} for {self.lasts:.1f} s (draws {self.seed})"


def schedule(seed: int, seconds: float, names: Sequence[str] = ()) -> list[Step]:
    """Return a schedule that has ended within `seconds`, of the faults of these names, or of all."""
    chance, steps, at = random.Random(f"schedule {seed}"), [], CALM
    wanted = list(names) or sorted(FAULTS)
    busy: dict[str, float] = {}
    while at < seconds:
        name, lasts, draws = chance.choice(wanted), chance.uniform(*LASTS), chance.randrange(2**31)
        lasts = min(lasts, seconds - at)
        # Two faults of one part would end each other.
        part = FAULTS[name].part
        if busy.get(part, 0.0) <= at:
            busy[part] = at + lasts
            steps.append(Step(at, name, lasts, draws))
        at += chance.uniform(*PAUSES)
    return steps
