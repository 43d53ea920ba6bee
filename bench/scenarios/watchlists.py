"""watchlists: every client has a list of its own and gets every tick of it, so no two frames are alike."""

from bench.arm import arm_of
from bench.comparison import COLUMNS, Comparison, Feed, lists
from bench.result import Result, Target
from bench.scenario import Bench, Scenario
from bench.servers import TICKCAST, remarks, rivals
from bench.steady import symbol_names

SIZE = 20
"""Symbols in a list."""

RIVALS_SHARE = 0.1
"""Of the load, for those who could not carry all of it; what counts is what they deliver for their CPU."""


def run(bench: Bench) -> Result:
    """Measure Tickcast at the full load, the others at a tenth of it."""
    options = bench.options
    clients, symbols = options.clients or 1000, options.symbols or 500
    rate, seconds = options.rate or 10_000.0, options.seconds or 10.0
    wanted = lists(symbol_names(symbols), clients, SIZE)
    with Comparison(bench, "watchlists", seconds) as found:
        ours = found.add(arm_of(TICKCAST, wanted, check_every=20, profiled=True), symbols, rate)
        if options.rivals:
            found.add_rivals(rivals(), wanted, 20, Feed(symbols, rate * RIVALS_SHARE))
    offered = rate * clients * min(SIZE, symbols) / symbols
    targets = [
        Target("delivered of what was offered", 100 * ours.rate / offered, 99, False, "%"),
        Target("age of a tick, p99", ours.age(99), 100, unit="ms"),
        Target("ticks a CPU second", ours.yield_, 600_000, False),
    ]
    for who in ("nchan", "StreamingResponse"):
        if who in found.windows:
            times = ours.yield_ / found.windows[who].yield_
            targets.append(Target(f"ticks a CPU second beside {who}", times, 10, False, "×"))
    notes = [
        *found.notes,
        "All clients count: at the end each has had exactly newest q less snapshot q over its symbols. Every "
        "20th also checks that each q is the one after the last, and notes the age of each tick.",
        f"The others get {RIVALS_SHARE:.0%} of the ticks, which they can carry.",
        *remarks(),
    ]
    setting = f"{clients:,} lists of {SIZE} of {symbols} symbols, {rate:,.0f} ticks/s, every tick"
    return Result("watchlists", setting, COLUMNS, found.rows, targets, notes, profiles=found.profiles)


SCENARIO = Scenario(
    "watchlists", "1,000 lists of 20 of 500 symbols, 10,000 ticks/s: ticks a CPU second", run, 75
)
