"""broadcast: everyone gets the same tick, so all that is left to cost anything is the delivery."""

from bench.arm import Arm, floor, measure
from bench.client import EVERY_TICK
from bench.load import targets
from bench.result import Column, Result, Target, Value
from bench.scenario import Bench, Scenario
from bench.stack import stack
from bench.window import Window

COLUMNS = [
    Column("cost", "µs CPU", 2),
    Column("ratio", "× send()", 2),
    Column("core", "core %", 0),
    Column("rate", "deliveries/s", 0),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
    Column("load", "load %", 0),
]


def run(bench: Bench) -> Result:
    """Measure Tickcast, the bare loop of send(), and the others, one after the other."""
    options = bench.options
    clients, rate, seconds = options.clients or 5000, options.rate or 4.0, options.seconds or 8.0
    result = Result(
        "broadcast", f"{clients:,} clients of one symbol at {rate:g} ticks/s, {seconds:g} s each", COLUMNS
    )
    requests = targets(["/v1/stream?symbols=AAAA"] * clients)
    windows: dict[str, Window] = {}
    with stack(bench.cores) as own, own.redis():

        def add(arm: Arm) -> Window:
            bench.say(f"broadcast: {arm.who}")
            windows[arm.who] = measure(arm, own, 1, rate, seconds)
            return windows[arm.who]

        ours = add(Arm("Tickcast", lambda s: s.gateway(), requests, EVERY_TICK))
        size = round(ours.bytes / ours.ticks)
        add(Arm("send()", floor(clients, rate, size), requests, check_every=0))
        if options.rivals:
            add(Arm("StreamingResponse", lambda s: s.baseline("streaming_response"), requests))
    least = windows["send()"].cost
    result.rows = [_row(who, window, least) for who, window in windows.items()]
    result.targets = _targets({who: window.cost for who, window in windows.items()})
    result.notes = [
        bench.cores.note,
        "µs CPU is the server's for one delivery, one tick to one client; core % is the server's, load % the "
        "clients' part of one core; p50 and p99 are ages of ticks when their clients have them.",
    ]
    result.notes += [f"{who}: the load may have been the limit" for who, w in windows.items() if w.limited]
    return result


def _row(who: str, window: Window, least: float) -> dict[str, Value]:
    row: dict[str, Value] = {"who": who, "cost": window.cost, "ratio": window.cost / least}
    row |= {"core": 100 * window.core, "rate": window.rate, "load": 100 * window.load_cpu / window.seconds}
    if window.ages.total:
        row |= {"p50": window.age(50), "p99": window.age(99)}
    return row


def _targets(costs: dict[str, float]) -> list[Target]:
    ours = costs["Tickcast"]
    bounds = {"send()": 1.25, "nchan": 1.0, "StreamingResponse": 1 / 3}
    return [
        Target(f"CPU a delivery beside {who}", ours / costs[who], bound, unit="×")
        for who, bound in bounds.items()
        if who in costs
    ]


SCENARIO = Scenario("broadcast", "5,000 clients of one symbol: CPU a delivery beside a bare send()", run)
