"""Seeded random schedules of faults. Pure: one seed gives the same schedule, always."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.referee.faults.all import FAULTS

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


PARTITIONS = (1, 2, 2, 4, 16)
GATEWAYS = (2, 2, 3)
KINDS = ("plain", "plain", "plain", "plain", "clocks", "clocks", "sentinel")
"""What a seed draws of; what stands here twice is drawn more often."""

WITH_SENTINEL = ("gateway", "publisher", "nginx", "clients_line", "balancer_line")
"""Parts that can be broken in a world whose Redis is led by a Sentinel, beside its own faults."""


class Drawn(NamedTuple):
    """The world that a seed draws."""

    kind: str
    partitions: int
    gateways: int


def draw(seed: int, kinds: Sequence[str] = KINDS) -> Drawn:
    """Return the world of a seed, of one of these kinds."""
    chance = random.Random(f"world {seed}")
    return Drawn(chance.choice(kinds), chance.choice(PARTITIONS), chance.choice(GATEWAYS))


def possible(kind: str) -> list[str]:
    """Return the names of the faults that a world of this kind can have."""
    return sorted(
        name
        for name, fault in FAULTS.items()
        if fault.needs == kind or (not fault.needs and (kind != "sentinel" or fault.part in WITH_SENTINEL))
    )


def schedule(seed: int, seconds: float, names: Sequence[str]) -> list[Step]:
    """Return a schedule that has ended within `seconds`, of the faults of these names."""
    chance, steps, at = random.Random(f"schedule {seed}"), [], CALM
    kinds = sorted({FAULTS[name].kind for name in names})
    busy: dict[str, float] = {}
    while at < seconds:
        # A kind with many faults is not drawn more often.
        kind = chance.choice(kinds)
        name = chance.choice([name for name in names if FAULTS[name].kind == kind])
        lasts, draws = chance.uniform(*LASTS), chance.randrange(2**31)
        lasts = min(lasts, seconds - at)
        # Two faults of one part would end each other.
        part = FAULTS[name].part
        if busy.get(part, 0.0) <= at:
            busy[part] = at + lasts
            steps.append(Step(at, name, lasts, draws))
        at += chance.uniform(*PAUSES)
    return steps
