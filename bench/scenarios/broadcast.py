"""broadcast: all clients get the same ticks, so that only delivery costs CPU."""

from tickcast.bench.comparison import BARE_SEND, COLUMNS, Comparison, Feed
from tickcast.bench.result import Result, Target
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.servers import TICKCAST, remarks, rivals
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of
from tickcast.bench.window import Window

BOUNDS = {"send()": 1.25, "nchan": 1.0, "StreamingResponse": 1 / 3}
"""CPU of a delivery, at most, relative to other servers."""


def run(bench: Bench) -> Result:
    """Measure Tickcast, the bare loop of send(), baselines and rivals, one after the other."""
    options = bench.options
    clients, rate, seconds = options.clients or 5000, options.rate or 4.0, options.seconds or 8.0
    wanted = symbol_names(1) * clients
    with Comparison(bench, "broadcast", seconds) as found:
        ours = found.add(trial_of(TICKCAST, wanted, profiled=True), 1, rate)
        least = found.add_bare_send(ours, clients)
        if options.rivals:
            found.add_rivals(rivals(), wanted, 10, Feed(1, rate))
    for row, window in zip(found.rows, found.windows.values(), strict=True):
        row["beside_send"] = window.relative_cost(least)
    return Result(
        "broadcast",
        f"{clients:,} clients of one symbol at {rate:g} ticks/s",
        [*COLUMNS, BARE_SEND],
        found.rows,
        [_target(found, ours, name) for name in BOUNDS],
        [*found.notes, *remarks()],
        profiles=found.profiles,
    )


def _target(found: Comparison, ours: Window, name: str) -> Target:
    other = found.windows.get(name)
    why = found.absent(name) if other is None else f"{name} took less CPU than the system counts"
    times = ours.relative_cost(other) if other else None
    return Target(
        f"CPU a delivery beside {name}", times, BOUNDS[name], unit="×", why=why if times is None else ""
    )


SCENARIO = Scenario("broadcast", "5,000 clients of one symbol: CPU a delivery beside a bare send()", run, 80)
