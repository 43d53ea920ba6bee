"""latency: light load, from the publisher's clock to the client; and polling for comparison."""

from tickcast.bench.comparison import BARE_SEND, COLUMNS, Comparison, Feed, lists
from tickcast.bench.polling import PollingResult, poll
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.servers import TICKCAST, remarks, rivals
from tickcast.bench.stack import stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of

LIST_SIZE = 10


def run(bench: Bench) -> Result:
    """Measure all servers, and polling of Tickcast's own snapshot."""
    options = bench.options
    clients, symbols = options.clients or 100, options.symbols or 50
    rate, seconds = options.rate or 200.0, options.seconds or 8.0
    wanted = lists(symbol_names(symbols), clients, LIST_SIZE)
    with Comparison(bench, "latency", seconds) as found:
        ours = found.add(trial_of(TICKCAST, wanted, check_every=1, profiled=True), symbols, rate)
        found.add_bare_send(ours, clients)
        if options.rivals:
            found.add_rivals(rivals(), wanted, 1, Feed(symbols, rate))
    bench.say("latency: polling once a second")
    polled, row = _polling(bench, wanted, symbols, rate, seconds)
    found.rows[0]["lost"] = 0.0
    return Result(
        "latency",
        f"{clients} clients of {LIST_SIZE} of {symbols} symbols at {rate:g} ticks/s",
        [*COLUMNS, BARE_SEND, Column("lost", "ticks never seen %", 1)],
        [*found.rows, row],
        [
            Target("age of a tick, p50", ours.age(50), 2, unit="ms"),
            Target("age of a tick, p99", ours.age(99), 8, unit="ms"),
        ],
        [
            *found.notes,
            "Measured from the source time of the tick, over Redis, to the client; publisher, Redis and "
            "clients share a core.",
            _remark(polled, symbols / rate),
            *remarks(),
        ],
        profiles=found.profiles,
    )


def _polling(
    bench: Bench, wanted: list[str], symbols: int, rate: float, seconds: float
) -> tuple[PollingResult, dict[str, Value]]:
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate),
        place.gateway() as (gateway, port),
    ):
        used = gateway.cpu()
        found = poll(port, wanted, seconds)
        cpu = gateway.cpu() - used
    row: dict[str, Value] = {"who": "polling, 1 s", "clients": len(wanted), "offered": rate}
    row |= {"rate": found.seen / seconds, "core": 100 * cpu / seconds, "cost": 1e6 * cpu / max(1, found.seen)}
    row |= {"p50": found.ages.percentile(50) / 1000, "p99": found.ages.percentile(99) / 1000}
    return found, row | {"yield": found.seen / cpu, "lost": 100 * found.lost}


def _remark(polled: PollingResult, period: float) -> str:
    """Return a note on the limits of polling; `period` is the time between two ticks of a symbol, s."""
    return (
        f"Polling saw {polled.seen:,} ticks and missed {polled.missed:,} between them, {polled.lost:.0%} of "
        f"all. Its ages are ages of the newest ticks at each poll: about half of the {1000 * period:g} ms "
        "between two ticks of a symbol, however rare polls are. They do not show how long a polling client "
        "displays an old price: up to the full second between two polls."
    )


SCENARIO = Scenario("latency", "light load, end to end, and polling once a second beside it", run, 75)
