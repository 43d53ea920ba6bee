"""conflated: as watchlists, but clients ask for the newest tick of each symbol every 250 ms."""

from tickcast.bench.client import NEWEST_TICKS
from tickcast.bench.comparison import BARE_SEND, COLUMNS, Comparison, lists
from tickcast.bench.result import Column, Result, Target
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of

INTERVAL = 250
"""ms."""

WAITS = [Column("wait50", "between frames, p50 ms", 1), Column("wait99", "p99 ms", 1)]


def run(bench: Bench) -> Result:
    """Measure Tickcast; no rival can conflate."""
    options = bench.options
    clients, symbols = options.clients or 5000, options.symbols or 500
    rate, seconds = options.rate or 10_000.0, options.seconds or 10.0
    server = TICKCAST._replace(
        target=lambda symbols: f"{TICKCAST.target(symbols)}&interval={INTERVAL}", expects=NEWEST_TICKS
    )
    with Comparison(bench, "conflated", seconds) as found:
        wanted = lists(symbol_names(symbols), clients, LIST_SIZE)
        ours = found.add(trial_of(server, wanted, check_every=50, profiled=True), symbols, rate)
        found.rows[-1] |= {"wait50": ours.between(50), "wait99": ours.between(99)}
        found.add_bare_send(ours, clients)
    # Every symbol has a new tick at every interval, if the feed is fast enough.
    offered = clients * min(LIST_SIZE, symbols) * min(1000 / INTERVAL, rate / symbols)
    return Result(
        "conflated",
        f"{clients:,} lists of {LIST_SIZE} of {symbols} symbols, {rate:,.0f} ticks/s, "
        f"newest every {INTERVAL} ms",
        [*COLUMNS, *WAITS, BARE_SEND],
        found.rows,
        [
            Target("delivered of what was offered", 100 * ours.rate / offered, 98, False, "%"),
            Target("of one core", 100 * ours.core, 50, unit="%"),
            Target("age of a tick, p99", ours.age(99), INTERVAL + 60, unit="ms"),
            # A late frame holds young ticks too, so the time between frames must be checked as well.
            Target("time between frames, p99", ours.between(99), INTERVAL + 60, unit="ms"),
        ],
        [
            *found.notes,
            "At the end every client has the newest tick of each of its symbols. Every 50th client also "
            "checks that no tick is older than the tick before it, and measures the time between frames.",
            "No rival conflates for its clients, so no rival is measured.",
        ],
        profiles=found.profiles,
    )


SCENARIO = Scenario("conflated", "5,000 such lists, the newest every 250 ms: part of one core", run, 40)
