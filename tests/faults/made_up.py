"""Clients, ticks and ledgers that are made up, for the tests of the judge."""

from typing import Any

from tests.faults.referee.judge import judge
from tests.faults.referee.ledger import Accepted, Ledger
from tests.faults.referee.trace import (
    CONNECTION,
    SECOND,
    Event,
    Opening,
    Plan,
    Tick,
    Trace,
)
from tests.faults.referee.verdict import Facts, Verdict

EVERY = Plan("every", ("A",))
CONFLATED = Plan("conflated", ("A",), interval=250)
BARS = Plan("bars", ("A",), bars="1s")
START = 1_800_000_000 * SECOND
STEP = SECOND // 10
"""Between two ticks of the feed."""


def tick(q: int, symbol: str = "A", shift: int = 0) -> Tick:
    """Return the tick with sequence `q`; with a `shift` (µs) it is that of another epoch."""
    return Tick(symbol, q, START + q * STEP + shift, f"{100 + q % 7}.00")


def feed(*qs: int, symbol: str = "A", epoch: str = "one", shift: int = 0) -> list[Accepted]:
    """Return accepted ticks; each takes 1 ms to Redis."""
    ticks = [tick(q, symbol, shift) for q in qs]
    return [Accepted(each, 2, each.t + 1000, epoch) for each in ticks]


class Client:
    """Makes up what a client saw."""

    def __init__(self, plan: Plan = EVERY) -> None:
        self.trace = Trace(plan)
        self.at = START
        self.open()

    def add(self, kind: str, data: Any = None, at: int | None = None) -> "Client":
        """Add an event, a moment after the one before."""
        self.at = max(self.at + 10, self.at if at is None else at)
        self.trace.events.append(Event(self.at, kind, data))
        return self

    def open(self, cursor: str = "none", back_to: int | None = None) -> "Client":
        """Come, or come back."""
        self.cursor = cursor
        opening = Opening("here", self.trace.plan.symbols, cursor, back_to)
        return self.add(CONNECTION, opening)

    def hello(self, resumed: str = "", **more: Any) -> "Client":
        """Begin a stream; `new` or `live`, as the client came, if nothing else is said."""
        usual = "new" if self.cursor == "none" else "live"
        return self.add("hello", {"resumed": resumed or usual, "feed": "live", **more})

    def begin(self, *qs: int, **hello: Any) -> "Client":
        """Begin a stream with a snapshot."""
        return self.hello(**hello).snapshot(*qs)

    def snapshot(self, *qs: int, shift: int = 0) -> "Client":
        """Be sent a snapshot."""
        return self.add("snapshot", [tick(q, shift=shift) for q in qs])

    def ticks(self, *qs: int, shift: int = 0, late: int = 2000) -> "Client":
        """Be sent ticks, each `late` µs after its own time."""
        for q in qs:
            self.add("tick", tick(q, shift=shift), tick(q).t + shift + late)
        return self

    @property
    def here(self) -> int:
        """Index of the newest event."""
        return len(self.trace.events) - 1


def verdict(
    client: Client, accepted: list[Accepted], facts: Facts | None = None, beats: float = 60
) -> Verdict:
    """Return the verdict over one client, of a feed that gives signs of life all the time."""
    signs = [START + int(second * SECOND) for second in range(int(beats))]
    return judge([client.trace], Ledger.of(accepted, signs), facts)


def kinds(client: Client, accepted: list[Accepted], facts: Facts | None = None) -> dict[str, int]:
    return dict(verdict(client, accepted, facts).kinds())
