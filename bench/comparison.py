"""A comparison: trials measured one after the other, and their rows in a table."""

import random
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple, Self

from tickcast.bench.profile import Profile
from tickcast.bench.result import Column, Value
from tickcast.bench.scenario import Bench
from tickcast.bench.servers import Server, missing
from tickcast.bench.stack import Stack, stack
from tickcast.bench.trial import Trial, bare_send, measure, trial_of
from tickcast.bench.window import Window
from tickcast.runtime.errors import UserError

COLUMNS = [
    Column("clients", "clients", 0),
    Column("offered", "feed ticks/s", 0),
    Column("rate", "delivered/s", 0),
    Column("core", "core %", 0),
    Column("cost", "CPU µs a tick", 2),
    Column("yield", "ticks/CPU s", 0),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
    Column("frame", "ticks a read", 1),
    Column("load", "load %", 0),
]

BARE_SEND = Column("beside_send", "× send()", 2)
"""A server's CPU relative to a bare loop of send() with as many frames of the same size."""

LEGEND = (
    "core % is the server's CPU, as the system counts it; CPU µs a tick is that for one tick to one client; "
    "load % is the clients' share of their core; p50 and p99 are ages of ticks when clients receive them; "
    "ticks a read shows how large frames were: the larger, the cheaper is a tick."
)


class Feed(NamedTuple):
    """The feed of a server."""

    symbols: int
    rate: float
    """Ticks a second over all symbols."""


class Comparison:
    """Trials that share a Redis. A context manager."""

    def __init__(self, bench: Bench, name: str, seconds: float) -> None:
        self.windows: dict[str, Window] = {}
        self.rows: list[dict[str, Value]] = []
        self._bench = bench
        self._name = name
        self._seconds = seconds
        self._exits = ExitStack()
        self._stack: Stack
        self._failed: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._stack = self._exits.enter_context(stack(self._bench.cores))
        self._exits.enter_context(self._stack.redis())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def add(self, trial: Trial, symbols: int, rate: float) -> Window:
        """Measure a trial, fed with `rate` ticks a second of `symbols` symbols."""
        self._bench.say(f"{self._name}: {trial.name}")
        window = measure(trial, self._stack, symbols, rate, self._seconds)
        self.windows[trial.name] = window
        self.rows.append(_row(trial, rate, window))
        return window

    def add_bare_send(self, ours: Window, clients: int, name: str = "send()") -> Window:
        """Measure a bare loop of send() that writes as much as `ours`, the newest row; compare the two."""
        row = self.rows[-1]
        trial = bare_send(name, ours, clients)
        least = self.add(trial, 1, 1.0)
        self.rows[-1] |= {"offered": row["offered"], "beside_send": 1.0}
        row["beside_send"] = ours.relative_cost(least)
        return least

    def add_rivals(
        self, servers: Iterable[Server], wanted: Sequence[str], check_every: int, feed: Feed
    ) -> None:
        """Measure rivals with the same clients. A rival that fails becomes a note; other rows stay."""
        for server in servers:
            try:
                self.add(trial_of(server, wanted, check_every), *feed)
            except UserError as error:
                self._failed[server.name] = str(error)

    def absent(self, name: str) -> str:
        """Return the reason why a rival has no row, or no row at any rate."""
        failed = (
            why for other, why in self._failed.items() if other == name or other.startswith(f"{name} at ")
        )
        return next(failed, "") or missing(name) or "rivals were left out"

    @property
    def profiles(self) -> dict[str, Profile]:
        """CPU profiles by the name of the trial."""
        return {name: window.profile for name, window in self.windows.items() if window.profile}

    @property
    def notes(self) -> list[str]:
        """Notes for readers of the table."""
        limited = [name for name, window in self.windows.items() if window.limited]
        disturbed = [
            f"{name}: other programs took {window.foreign_cpu / window.seconds:.0%} of the server's core "
            "meanwhile"
            for name, window in self.windows.items()
            if window.disturbed
        ]
        limits = [
            f"{name}: the cores of clients, publisher and Redis were full: they may have been the limit"
            for name in limited
        ]
        announced = [
            f"{name}: {window.gaps} gaps were announced. {window.proof.sentence}"
            for name, window in self.windows.items()
            if window.gaps
        ]
        failed = [f"{name}: not measured: {why}" for name, why in self._failed.items()]
        return [self._bench.cores.note, LEGEND, *limits, *announced, *disturbed, *failed]


def _row(trial: Trial, rate: float, window: Window) -> dict[str, Value]:
    row: dict[str, Value] = {"who": trial.name, "clients": len(trial.requests), "offered": rate}
    row |= {"rate": window.rate, "core": 100 * window.core, "cost": window.cost, "yield": window.yield_}
    row |= {"load": 100 * window.load_cpu / window.seconds, "frame": window.ticks / max(1, window.reads)}
    if window.times.ages.total:
        row |= {"p50": window.age(50), "p99": window.age(99)}
    return row


def lists(names: Sequence[str], clients: int, size: int, different: int | None = None) -> list[str]:
    """Return a comma list of `size` symbols for each client; `different` lists differ (default: all).

    Every symbol is in the same number of lists, within two.
    """
    rng = random.Random(7)
    deck: list[str] = []
    made = []
    for _ in range(different or clients):
        picked: list[str] = []
        while len(picked) < min(size, len(names)):
            name = next((each for each in reversed(deck) if each not in picked), None)
            if name is None:
                # All symbols left are in this list already; they stay on top for the next list.
                deck[:0] = rng.sample(list(names), len(names))
                continue
            deck.remove(name)
            picked.append(name)
        made.append(",".join(picked))
    return [made[number % len(made)] for number in range(clients)]
