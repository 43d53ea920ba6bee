"""What load processes tell of their clients: what those have had, and for how many that is proved."""

from typing import NamedTuple

from tickcast.bench.checker import Times


class Totals(NamedTuple):
    """What all clients of one process, or of several, have had since the start."""

    at: float
    """By the monotonic clock, s."""
    cpu: float
    """CPU seconds of the load itself."""
    clients: int
    ticks: int
    bytes: int
    reads: int
    gaps: int
    checked: int
    """Ticks whose `q` and age were looked at."""
    times: Times
    """Since the totals were asked for last."""
    faults: list[str]


class Reconnection(NamedTuple):
    """When clients came back that had been cut off, by the monotonic clock, s."""

    connecting: float
    """All had begun to connect."""
    opened: float
    """All streams stood."""
    caught_up: float
    """All had, of each symbol, what was the newest at the moment of the cut."""
    behind: int
    """How many had not, when there was no more hope."""


class Proof(NamedTuple):
    """How many clients were proved to have had what they were owed, those of bare servers left out."""

    clients: int
    """For how many that can be told: their servers begin with a snapshot."""
    whole: int
    """From their first tick to their last."""
    regained: int
    """From the snapshot behind the newest gap that they were told, with ticks behind it."""

    @property
    def sentence(self) -> str:
        """Say it in a line."""
        behind = f", {self.regained:,} from the newest gap that they were told" if self.regained else ""
        return f"{self.whole:,} of {self.clients:,} clients were proved from first to last{behind}."


NO_PROOF = Proof(0, 0, 0)
"""There was nobody to prove anything for."""
