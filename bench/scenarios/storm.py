"""storm: all clients are cut at the same moment, and reconnect at the same moment with their cursors."""

import time

from tickcast.bench import redis_link
from tickcast.bench.comparison import lists
from tickcast.bench.connect_storm import listen_overflows
from tickcast.bench.load import Load, targets
from tickcast.bench.profile import Profile, profiling
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.stack import stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import SETTLE, prove
from tickcast.bench.window import LOAD_LIMIT, NOISE, busy_seconds
from tickcast.runtime.errors import UserError

COLUMNS = [
    Column("clients", "clients", 0),
    Column("connecting", "s until all knock again", 2),
    Column("opened", "s until all stand", 2),
    Column("caught_up", "s until all have what they missed", 2),
    Column("dropped", "knocks dropped", 0),
    Column("cpu", "CPU s of the gateway", 2),
    Column("replayed", "ticks in all", 0),
    Column("gaps", "gaps told", 0),
    Column("reads", "Redis reads", 0),
    Column("load", "load %", 0),
]

OWN = 1
"""Redis reads of the bench itself: of the newest ticks at the cut."""

LIMITED = "The clients' core was full: clients may have been the limit."

READS = ("xrange", "xrevrange", "xread", "hgetall", "hvals", "hscan", "lrange", "get")
"""Commands that a gateway would send to read for clients. HGET is not among them: publish.lua calls it."""


def run(bench: Bench) -> Result:
    """Open, cut, resume, and prove that no client lost a tick or received a tick twice."""
    options = bench.options
    clients, symbols = options.clients or 5000, options.symbols or 500
    rate = options.rate or 1000.0
    wanted = lists(symbol_names(symbols), clients, LIST_SIZE)
    requests = targets([TICKCAST.target(each) for each in wanted])
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate) as feeder,
        place.gateway() as (gateway, port),
        Load(port, requests, resuming=True) as load,
    ):
        bench.say("storm: opening")
        load.open()
        time.sleep(SETTLE + 1)
        before, reads, cpu, lost = load.totals(), _reads(place.redis_url), gateway.cpu(), listen_overflows()
        bench.say("storm: cut, and back")
        profile: Profile = {}
        taken = busy_seconds(bench.cores.server)
        with profiling(gateway, profile):
            began = time.monotonic()
            load.cut()
            back = load.reconnect(redis_link.newest(place.redis_url))
        reads, cpu, lost = (
            _reads(place.redis_url) - reads - OWN,
            gateway.cpu() - cpu,
            listen_overflows() - lost,
        )
        after, taken = load.totals(), busy_seconds(bench.cores.server) - taken
        others = (taken - cpu) / (after.at - before.at)
        busy = (after.cpu - before.cpu) / (after.at - before.at)
        time.sleep(SETTLE)
        totals = load.totals()
        if totals.clients < clients or back.behind:
            raise UserError(
                f"{clients - totals.clients} clients did not reconnect, {back.behind} did not catch up"
            )
        prove(load, feeder, place)
    row: dict[str, Value] = {"who": "Tickcast", "clients": clients, "dropped": lost, "cpu": cpu}
    row |= {
        "connecting": back.connecting - began,
        "opened": back.opened - began,
        "caught_up": back.caught_up - began,
    }
    row |= {"replayed": totals.ticks, "gaps": totals.gaps, "reads": reads, "load": 100 * busy}
    return Result(
        "storm",
        f"{clients:,} lists of {LIST_SIZE} of {symbols} symbols at {rate:,.0f} ticks/s, all cut at once",
        COLUMNS,
        [row],
        [
            Target("until all are back and have what they missed", back.caught_up - began, 10, unit="s"),
            Target("Redis reads while they came back", reads, 20),
            Target("gaps", totals.gaps, 0),
        ],
        [
            bench.cores.note,
            "Seconds count from the first cut. All clients connect without waiting for each other, and "
            "have caught up when they have, of each symbol, the tick that was the newest at the cut. Each "
            "client checks, before and after the cut, that each q is the last q plus one, and that it ends "
            "at the newest.",
            "The queue of a listener is limited by the system (net.core.somaxconn, often 4,096). The "
            "kernel drops further connection attempts (knocks) and repeats them after a second or more; "
            "the seconds include this.",
            *([LIMITED] if busy > LOAD_LIMIT else []),
            *(
                [f"Other programs took {others:.0%} of the gateway's core meanwhile."]
                if others > NOISE
                else []
            ),
        ],
        profiles={"Tickcast": profile},
    )


def _reads(url: str) -> int:
    calls = redis_link.calls(url)
    return sum(calls.get(name, 0) for name in READS)


SCENARIO = Scenario(
    "storm", "5,000 clients cut at once, all resume: seconds until all are back, exact", run, 20
)
