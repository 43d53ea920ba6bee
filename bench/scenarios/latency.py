"""latency: light load, from the publisher's clock to the client's hands; and polling beside it."""

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
            "From the source's time in the tick, over Redis, to the client; publisher, Redis and clients "
            "share a core.",
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
    """Say what polling misses, and what its ages are not; `period` is a symbol's time between ticks, s."""
    return (
        f"Polling learned of {polled.seen:,} ticks and never of {polled.missed:,} between them, "
        f"{polled.lost:.0%} of all. Its ages are of the ticks that were the newest when it asked: about half "
        f"of the {1000 * period:g} ms from a symbol's tick to its next, however seldom it asks. They do not "
        "tell how long it shows an old price: up to the whole second between two questions."
    )


SCENARIO = Scenario("latency", "light load, end to end, and polling once a second beside it", run, 75)
