"""broadcast: everyone gets the same tick, so all that is left to cost anything is the delivery."""

from tickcast.bench.comparison import COLUMNS, FLOOR, Comparison, Feed
from tickcast.bench.result import Result, Target
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.servers import TICKCAST, remarks, rivals
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import arm_of
from tickcast.bench.window import Window

BOUNDS = {"send()": 1.25, "nchan": 1.0, "StreamingResponse": 1 / 3}
"""What a delivery may cost, beside what others take."""


def run(bench: Bench) -> Result:
    """Measure Tickcast, the bare loop of send(), and the others, one after the other."""
    options = bench.options
    clients, rate, seconds = options.clients or 5000, options.rate or 4.0, options.seconds or 8.0
    wanted = symbol_names(1) * clients
    with Comparison(bench, "broadcast", seconds) as found:
        ours = found.add(arm_of(TICKCAST, wanted, profiled=True), 1, rate)
        least = found.add_floor(ours, clients)
        if options.rivals:
            found.add_rivals(rivals(), wanted, 10, Feed(1, rate))
    for row, window in zip(found.rows, found.windows.values(), strict=True):
        row["floor"] = window.beside(least)
    return Result(
        "broadcast",
        f"{clients:,} clients of one symbol at {rate:g} ticks/s",
        [*COLUMNS, FLOOR],
        found.rows,
        [_target(found, ours, who) for who in BOUNDS],
        [*found.notes, *remarks()],
        profiles=found.profiles,
    )


def _target(found: Comparison, ours: Window, who: str) -> Target:
    other = found.windows.get(who)
    why = found.absent(who) if other is None else f"{who} took less CPU than the system counts"
    times = ours.beside(other) if other else None
    return Target(
        f"CPU a delivery beside {who}", times, BOUNDS[who], unit="×", why=why if times is None else ""
    )


SCENARIO = Scenario("broadcast", "5,000 clients of one symbol: CPU a delivery beside a bare send()", run, 80)
