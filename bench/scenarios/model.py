"""model: what a gateway costs by a formula of three figures, and whether that foretells other sizes.

    CPU = ticks in x TAKE  +  frames written x WRITE  +  ticks in frames x CARRY

docs/scaling.md counts with it.
"""

from dataclasses import dataclass, replace

from bench import scrape
from bench.arm import arm_of
from bench.comparison import Comparison, lists
from bench.result import Column, Result, Target, Value
from bench.scenario import Bench, Scenario
from bench.scenarios.watchlists import SIZE
from bench.servers import TICKCAST
from bench.steady import symbol_names
from bench.window import Window

SYMBOLS = 500
FITTED = 500
"""Watchlists from which CARRY is taken."""

FORETOLD = (250, 1000)

COLUMNS = [
    Column("take", "µs a tick in", 2),
    Column("write", "µs a frame", 2),
    Column("carry", "µs a tick out", 2),
    Column("frames", "frames/s", 0),
    Column("ticks", "ticks out/s", 0),
    Column("foretold", "core % foretold", 1),
    Column("core", "core % measured", 1),
]


@dataclass
class Model:
    """CPU seconds of a gateway."""

    take: float
    """For a tick that comes in."""
    write: float
    """For a frame written to one socket."""
    carry: float
    """For a tick in such a frame."""

    def core(self, rate: float, window: Window) -> float:
        """Return the part of a core for a feed of `rate` ticks/s and what was sent in a window."""
        sent = self.write * window.writes + self.carry * window.ticks
        return rate * self.take + sent / window.seconds


def run(bench: Bench) -> Result:
    """Take the three figures from three loads, and foretell two others."""
    rate, seconds = bench.options.rate or 10_000.0, bench.options.seconds or 6.0
    windows: dict[int, Window] = {}
    with Comparison(bench, "model", seconds) as found:

        def measured(who: str, wanted: list[str], symbols: int, feed: float) -> Window:
            arm = arm_of(TICKCAST._replace(who=who), wanted, check_every=20)
            arm = replace(arm, writes=lambda port: scrape.metric(port, "deliveries_total"))
            return found.add(arm, symbols, feed)

        alone = measured("nobody", [], SYMBOLS, rate)
        # One tick a frame, and next to nothing comes in: what is left is the writing.
        crowd = measured("one symbol", symbol_names(1) * 2000, 1, 10.0)
        for clients in (FITTED, *FORETOLD):
            wanted = lists(symbol_names(SYMBOLS), clients, SIZE)
            windows[clients] = measured(f"{clients:,} watchlists", wanted, SYMBOLS, rate)
    model = _fitted(alone, crowd, windows[FITTED], rate)
    rows = [_row(f"{clients:,} watchlists", model, rate, window) for clients, window in windows.items()]
    foretold = {clients: model.core(rate, windows[clients]) for clients in FORETOLD}
    return Result(
        "model",
        f"CPU = ticks in × TAKE + frames × WRITE + ticks out × CARRY, {rate:,.0f} ticks/s in",
        COLUMNS,
        [{"who": "fitted", **_figures(model)}, *rows],
        [
            Target(f"{clients:,} watchlists: wrong by", _error(core, windows[clients]), 25, unit="%")
            for clients, core in foretold.items()
        ],
        [*found.notes, f"Fitted to no clients, to 2,000 of one symbol, and to {FITTED} watchlists."],
    )


def _fitted(alone: Window, crowd: Window, lists_: Window, rate: float) -> Model:
    take = alone.core / rate
    write = crowd.cpu / crowd.writes
    carried = lists_.cpu - rate * take * lists_.seconds - write * lists_.writes
    return Model(take, write, max(0.0, carried) / lists_.ticks)


def _error(foretold: float, window: Window) -> float:
    return 100 * abs(1 - foretold / window.core)


def _figures(model: Model) -> dict[str, Value]:
    return {"take": 1e6 * model.take, "write": 1e6 * model.write, "carry": 1e6 * model.carry}


def _row(who: str, model: Model, rate: float, window: Window) -> dict[str, Value]:
    row: dict[str, Value] = {"who": who, "frames": window.writes / window.seconds, "ticks": window.rate}
    return row | {"foretold": 100 * model.core(rate, window), "core": 100 * window.core}


SCENARIO = Scenario("model", "a cost model of three figures, checked at two other sizes", run, 60)
