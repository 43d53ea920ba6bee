"""broadcast: everyone gets the same tick, so all that is left to cost anything is the delivery."""

from bench.arm import arm_of
from bench.comparison import COLUMNS, FLOOR, Comparison, Feed
from bench.result import Result, Target
from bench.scenario import Bench, Scenario
from bench.servers import TICKCAST, remarks, rivals
from bench.steady import symbol_names

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
        [
            Target(f"CPU a delivery beside {who}", times, bound, unit="×")
            for who, bound in BOUNDS.items()
            if who in found.windows and (times := ours.beside(found.windows[who])) is not None
        ],
        [*found.notes, *remarks()],
        profiles=found.profiles,
    )


SCENARIO = Scenario("broadcast", "5,000 clients of one symbol: CPU a delivery beside a bare send()", run, 80)
