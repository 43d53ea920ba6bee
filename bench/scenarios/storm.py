"""storm: everyone is cut off at the same moment and comes back with a cursor."""

import time

from bench import redis_link
from bench.arm import SETTLE, prove
from bench.comparison import lists
from bench.load import Load, targets
from bench.profile import Profile, profiling
from bench.result import Column, Result, Target, Value
from bench.scenario import Bench, Scenario
from bench.scenarios.watchlists import SIZE
from bench.servers import TICKCAST
from bench.stack import stack
from bench.steady import symbol_names
from cli.user_error import UserError

COLUMNS = [
    Column("clients", "clients", 0),
    Column("seconds", "s until all are back", 2),
    Column("cpu", "CPU s of the gateway", 2),
    Column("replayed", "ticks in all", 0),
    Column("gaps", "gaps told", 0),
    Column("reads", "Redis reads", 0),
]

READS = ("xrange", "xrevrange", "xread", "hgetall", "hvals", "hscan", "lrange", "get")
"""What a gateway that asked Redis for its clients would call. Not HGET: the publisher's script does that."""


def run(bench: Bench) -> Result:
    """Open, cut, resume, and prove that nobody lost a tick or got one twice."""
    options = bench.options
    clients, symbols = options.clients or 5000, options.symbols or 500
    rate = options.rate or 1000.0
    wanted = lists(symbol_names(symbols), clients, SIZE)
    requests = targets([TICKCAST.target(each) for each in wanted])
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate) as feeder,
        place.gateway() as (gateway, port),
        Load(port, requests, returning=True, check_every=20) as load,
    ):
        bench.say("storm: opening")
        load.open()
        time.sleep(SETTLE + 1)
        reads, cpu = _reads(place.redis_url), gateway.cpu()
        bench.say("storm: cut, and back")
        load.cut()
        profile: Profile = {}
        with profiling(gateway, profile):
            seconds = load.open()
        reads, cpu = _reads(place.redis_url) - reads, gateway.cpu() - cpu
        time.sleep(SETTLE)
        totals = load.totals()
        if totals.clients < clients:
            raise UserError(f"{clients - totals.clients} clients did not come back")
        prove(load, feeder, place)
    row: dict[str, Value] = {"who": "Tickcast", "clients": clients, "seconds": seconds, "cpu": cpu}
    row |= {"replayed": totals.ticks, "gaps": totals.gaps, "reads": reads}
    return Result(
        "storm",
        f"{clients:,} lists of {SIZE} of {symbols} symbols at {rate:,.0f} ticks/s, all cut at once",
        COLUMNS,
        [row],
        [
            Target("until all are back", seconds, 10, unit="s"),
            Target("Redis reads while they came back", reads, 20),
            Target("gaps", totals.gaps, 0),
        ],
        [
            bench.cores.note,
            "Over both connections every client has as many ticks as newest q less snapshot q. Of every 20 "
            "one also checks that each q is the one after the last, before and after the cut; four add up "
            "all their q, in which a loss shows that a repeat makes up for.",
        ],
        profiles={"Tickcast": profile},
    )


def _reads(url: str) -> int:
    calls = redis_link.calls(url)
    return sum(calls.get(name, 0) for name in READS)


SCENARIO = Scenario(
    "storm", "5,000 clients cut at once, all resume: seconds until all are back, exact", run, 20
)
