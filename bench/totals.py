"""Reports of load processes: totals of their clients, reconnections, and proofs."""

from typing import NamedTuple

from tickcast.bench.checker import Times


class Totals(NamedTuple):
    """Totals over all clients of one process, or of several, since the start."""

    at: float
    """Time of the monotonic clock, s."""
    cpu: float
    """CPU seconds of the load process."""
    clients: int
    ticks: int
    bytes: int
    reads: int
    gaps: int
    checked: int
    """Ticks whose `q` and age were checked."""
    times: Times
    """Times since the last totals."""
    faults: list[str]


class Reconnection(NamedTuple):
    """Times of a reconnection of all clients, by the monotonic clock, s."""

    connecting: float
    """All clients had begun to connect."""
    opened: float
    """All streams had begun."""
    caught_up: float
    """All clients had, of each symbol, the tick that was the newest at the cut."""
    behind: int
    """Clients that had not caught up when time was up."""


class Proof(NamedTuple):
    """How many clients are proved to have received every tick that they were owed."""

    clients: int
    """Clients that can be proved: their servers begin with a snapshot."""
    whole: int
    """Clients proved from their first tick to their last."""
    regained: int
    """Clients proved from the snapshot behind their newest gap, with ticks behind that."""

    @property
    def sentence(self) -> str:
        """The proof in a sentence."""
        behind = f", {self.regained:,} from their newest gap" if self.regained else ""
        return f"{self.whole:,} of {self.clients:,} clients were proved from first to last{behind}."


NO_PROOF = Proof(0, 0, 0)
"""The proof without clients."""
