"""What the judge has to know, and what it finds."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.faults.referee.liveness import Ages

REASONS = frozenset({"slow", "retention", "feed"})


class Fault(NamedTuple):
    """One thing that must not be."""

    kind: str
    client: str
    at: int
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.client}: {self.detail}"


@dataclass(frozen=True)
class Facts:
    """What the judge has to know of the run."""

    gaps: frozenset[str] = REASONS
    """Reasons of gaps that this run gives to a client that reads at once."""
    stall: int = 0
    """µs for which the referee itself was held up at most: nothing is late by that."""
    stale: int = 4_000_000
    """µs for which a client may take its prices for live that are not."""
    age: int = 4_000_000
    """µs that a tick may take from Redis to a client that reads at once, beyond its interval."""
    broken: bool = True
    """Streams may be broken: by a fault, or because the client does not read."""
    holes: bool = False
    """Bars may lack ticks from right before a new epoch: the log was lost, and its publisher, too."""
    complete: bool = True
    """All clients were given the time to end on the newest tick."""


@dataclass
class Verdict:
    """What was found over all clients."""

    accepted: int = 0
    delivered: int = 0
    covered: int = 0
    """Ticks that never came, inside a gap or reset that the client was sent."""
    lost: int = 0
    """Ticks that never came, without a word."""
    repeated: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    resumed: Counter[str] = field(default_factory=Counter)
    bars: int = 0
    """States of bars that were compared with their ticks."""
    stale: int = 0
    """Longest time, in µs, for which a client took its prices for live that were not."""
    ages: dict[str, Ages] = field(default_factory=dict)
    """By encoding."""
    faults: list[Fault] = field(default_factory=list)

    def kinds(self) -> Counter[str]:
        """Return the faults, counted by kind."""
        return Counter(fault.kind for fault in self.faults)
