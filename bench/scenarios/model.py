"""model: a formula of three figures for the CPU of a gateway, checked against other loads.

    CPU = ticks in x TAKE  +  frames written x WRITE  +  ticks in frames x CARRY

The number of frames is predicted too, from the busy share above which a gateway rests. No
measurement of a load goes into its own prediction. docs/scaling.md uses the figures.
"""

from dataclasses import dataclass
from typing import NamedTuple

from tickcast.bench.comparison import Comparison, lists
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.steady_source import STEP, symbol_names
from tickcast.bench.trial import Trial, trial_of
from tickcast.bench.window import Window
from tickcast.gateway.fanout.rest import MAX_FACTOR, MAX_REST
from tickcast.gateway.settings import GatewaySettings

SYMBOLS = 500
FITTED_SIZES = (500, 2000)
"""Numbers of watchlists to which WRITE and CARRY are fitted: frames of few ticks, and of many."""

CHECKED_SIZES = (250, 1000)

ROUNDS = 200
"""Iterations in which the length of a round converges; far fewer are enough."""

BOUND = GatewaySettings.model_fields["rest_above"].default / 100
"""Busy share above which a gateway rests."""

HALVINGS = 20
"""Steps in which the length of the rests is found."""

COLUMNS = [
    Column("take", "µs a tick in", 2),
    Column("write", "µs a frame", 2),
    Column("carry", "µs a tick out", 2),
    Column("frames_foretold", "frames/s foretold", 0),
    Column("frames", "frames/s measured", 0),
    Column("ticks", "ticks out/s", 0),
    Column("core_foretold", "core % foretold", 1),
    Column("core", "core % measured", 1),
]


class Workload(NamedTuple):
    """Clients with lists of `LIST_SIZE` of `SYMBOLS` symbols, which tick in turns."""

    clients: int
    rate: float
    """Ticks a second of the feed."""

    def owed(self, seconds: float) -> float:
        """Return how many lists have a new tick after `seconds`; ticks come in steps."""
        ticked = min(1.0, self.rate * max(seconds, STEP) / SYMBOLS)
        return self.clients * (1 - (1 - ticked) ** LIST_SIZE)

    @property
    def ticks(self) -> float:
        """Ticks a second to all clients together."""
        return self.clients * self.rate * LIST_SIZE / SYMBOLS


@dataclass
class Model:
    """CPU seconds of a gateway."""

    take: float
    """For a tick received from Redis."""
    write: float
    """For a frame written to one socket."""
    carry: float
    """For a tick in such a frame; it takes up the error of the fit, and so may be below zero."""

    def frames(self, load: Workload) -> float:
        """Return the frames a second: with the shortest rests that keep the gateway below the bound."""
        least, most = 1 / (1 + MAX_FACTOR), 1.0
        if self._busy(load, self._frames(load, most)) <= BOUND:
            return self._frames(load, most)
        for _ in range(HALVINGS):
            share = (least + most) / 2
            if self._busy(load, self._frames(load, share)) <= BOUND:
                least = share
            else:
                most = share
        return self._frames(load, least)

    def _frames(self, load: Workload, share: float) -> float:
        """Return the frames a second if rounds may take this share of the time."""
        period = STEP
        for _ in range(ROUNDS):
            work = self.write * load.owed(period) + self.carry * load.ticks * period
            period = max(STEP, min(work / share, work + MAX_REST))
        return load.owed(period) / period

    def _busy(self, load: Workload, frames: float) -> float:
        return load.rate * self.take + frames * self.write + load.ticks * self.carry

    def core(self, load: Workload) -> float:
        """Return the share of a core for a load."""
        return self._busy(load, self.frames(load))


def run(bench: Bench) -> Result:
    """Fit the three figures to three loads, predict two other loads, and only then measure these two."""
    rate, seconds = bench.options.rate or 10_000.0, bench.options.seconds or 6.0
    with Comparison(bench, "model", seconds) as found:
        alone = found.add(Trial("no clients", TICKCAST.serve, []), SYMBOLS, rate)
        few, many = (_measured(found, Workload(clients, rate)) for clients in FITTED_SIZES)
        model = fitted(alone.core / rate, rate, few, many)
        fit: dict[str, Value] = {"who": "fitted", "take": 1e6 * model.take, "write": 1e6 * model.write}
        rows: list[dict[str, Value]] = [fit | {"carry": 1e6 * model.carry}]
        rows += [_row(FITTED_SIZES[0], few), _row(FITTED_SIZES[1], many)]
        reached = []
        for clients in CHECKED_SIZES:
            load = Workload(clients, rate)
            predicted: dict[str, Value] = {
                "frames_foretold": model.frames(load),
                "core_foretold": 100 * model.core(load),
            }
            window = _measured(found, load)
            rows.append(_row(clients, window) | predicted)
            wrong = 100 * abs(1 - model.core(load) / window.core)
            reached.append(Target(f"{clients:,} watchlists: core foretold wrong by", wrong, 25, unit="%"))
    notes = [
        *found.notes,
        f"Fitted to no clients, and to {FITTED_SIZES[0]:,} and {FITTED_SIZES[1]:,} watchlists. "
        "Foretold before they were measured, from the number of lists and the feed alone: frames by "
        "the rule of rest, and the core with them. A figure below zero is an error of the fit.",
    ]
    title = f"CPU = ticks in × TAKE + frames × WRITE + ticks out × CARRY, {rate:,.0f} ticks/s in"
    return Result("model", title, COLUMNS, rows, reached, notes, profiles=found.profiles)


def _measured(found: Comparison, load: Workload) -> Window:
    server = TICKCAST._replace(name=_name(load.clients))
    trial = trial_of(
        server, lists(symbol_names(SYMBOLS), load.clients, LIST_SIZE), check_every=20, profiled=True
    )
    return found.add(trial, SYMBOLS, load.rate)


def fitted(take: float, rate: float, few: Window, many: Window) -> Model:
    """Return the figures that fit two loads of the same feed: two equations with two unknowns."""
    sent = [window.cpu - take * rate * window.seconds for window in (few, many)]
    cross = few.writes * many.ticks - many.writes * few.ticks
    write = (sent[0] * many.ticks - sent[1] * few.ticks) / cross
    return Model(take, write, (few.writes * sent[1] - many.writes * sent[0]) / cross)


def _name(clients: int) -> str:
    return f"{clients:,} watchlists"


def _row(clients: int, window: Window) -> dict[str, Value]:
    row: dict[str, Value] = {"who": _name(clients), "frames": window.writes / window.seconds}
    return row | {"ticks": window.rate, "core": 100 * window.core}


SCENARIO = Scenario("model", "a cost model of three figures, checked at two other sizes", run, 55)
