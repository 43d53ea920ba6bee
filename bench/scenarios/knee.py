"""knee: more and more watchlists, until ticks are late; the capacity of one gateway."""

from tickcast.bench.comparison import COLUMNS, Comparison, lists
from tickcast.bench.result import Result
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of

MAX_AGE = 250.0
"""Age at the 99th percentile at which the knee is reached, ms."""

CLIENT_COUNTS = (250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000)


CLIENTS = 1000
RATES = (500.0, 1000.0, 2500.0, 5000.0, 10_000.0, 20_000.0)
"""Ticks a second of the feed, for `CLIENTS` clients."""


def run(bench: Bench) -> Result:
    """Raise the number of clients until ticks are late, or until the load is the limit."""
    options = bench.options
    symbols, rate, seconds = options.symbols or 500, options.rate or 10_000.0, options.seconds or 4.0
    ages: list[tuple[float, float]] = []
    yields: list[tuple[float, float]] = []
    rates: list[tuple[float, float]] = []
    sizes = [each for each in CLIENT_COUNTS if each <= (options.clients or CLIENT_COUNTS[-1])]
    end = f"Not reached with {max(sizes, default=0):,} clients."
    with Comparison(bench, "knee", seconds) as found:
        for clients in sizes:
            server = TICKCAST._replace(name=f"{clients:,}")
            wanted = lists(symbol_names(symbols), clients, LIST_SIZE)
            window = found.add(trial_of(server, wanted, check_every=max(20, clients // 50)), symbols, rate)
            ages.append((clients, window.age(99)))
            yields.append((clients, window.yield_))
            if window.limited:
                end = f"At {clients:,} clients the load was the limit: the gateway's knee lies beyond."
                break
            if window.age(99) > MAX_AGE:
                end = f"The knee is at {clients:,} clients or before."
                break
        for feed in RATES if options.rate is None else ():
            server = TICKCAST._replace(name=f"{CLIENTS:,} at {feed:,.0f}/s")
            wanted = lists(symbol_names(symbols), CLIENTS, LIST_SIZE)
            window = found.add(trial_of(server, wanted, check_every=20), symbols, feed)
            rates.append((feed, window.yield_))
    return Result(
        "knee",
        f"lists of {LIST_SIZE} of {symbols} symbols, {rate:,.0f} ticks/s, until p99 passes {MAX_AGE:g} ms",
        COLUMNS,
        found.rows,
        [],
        [end, *found.notes],
        {
            "age of a tick, p99, ms by clients": ages,
            "ticks a CPU second by clients": yields,
            "ticks a CPU second by ticks of the feed a second": rates,
        },
    )


SCENARIO = Scenario("knee", "clients raised until the p99 of ages passes 250 ms", run, 130)
