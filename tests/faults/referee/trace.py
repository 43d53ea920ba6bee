"""What one client saw, event by event: written by client.py, read by judge.py."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

SECOND = 1_000_000
"""µs; every time here is in µs since the epoch, by the clock of the referee."""

SILENCE = 2.5
"""Heartbeats without a byte after which a client takes its stream for dead."""

CONNECTION = "open"
"""A request is sent; `data` is an Opening."""
CLOSED = "closed"
"""The stream has ended; `data` says how."""
LEFT = "left by the client"
ENDED = "ended by the referee"
"""How a stream ends where nothing breaks it."""
PAUSED = "paused"
"""This client stops reading by itself."""
RESUMED = "resumed"
"""It reads again."""
MALFORMED = "malformed"
"""What came is not what the protocol sends; `data` says what."""


class Tick(NamedTuple):
    """One tick as a client or the ledger has it."""

    symbol: str
    q: int
    t: int
    price: str


class Bar(NamedTuple):
    """One state of one bar; numbers are texts, as they were sent."""

    symbol: str
    interval: str
    t: int
    open: str
    high: str
    low: str
    close: str
    volume: str | None
    ticks: int
    q: int


class Opening(NamedTuple):
    """How a client comes."""

    door: str
    """Name of the way that it takes: a gateway's, or `nginx`."""
    symbols: tuple[str, ...]
    cursor: str = "none"
    """`none`, `own` (the newest), `old` (one of its own, further back) or `forged`."""
    back_to: int | None = None
    """Index of the event that brought the cursor: the client stands where it stood then."""


class Event(NamedTuple):
    """One thing that happened to a client."""

    at: int
    kind: str
    """The name of a stream's event, or one of the constants above."""
    data: Any = None
    """A Tick; a list of them; a Bar; the JSON of other events."""


@dataclass(frozen=True)
class Plan:
    """What kind of client it is."""

    name: str
    symbols: tuple[str, ...]
    interval: int = 0
    """ms."""
    encoding: str = "identity"
    """`identity`, `gzip`, `zstd`, or `gzip-go`: gzip, read as Go's inflater hands it out."""
    array: bool = False
    bars: str = ""
    pace: str = "fast"
    """`fast`, `slow` (reads a few KiB a second) or `stopped` (stops reading for seconds)."""
    patches: bool = False
    """Changes its list by PATCH at random."""
    wanders: bool = False
    """Breaks its stream off every few seconds, and comes back anywhere."""
    hostile: bool = False
    """Comes back with cursors that are old or forged."""


@dataclass
class Trace:
    """All that happened to one client, in order."""

    plan: Plan
    heartbeat: int = 1_000
    """ms; of `hello`."""
    events: list[Event] = field(default_factory=list)
