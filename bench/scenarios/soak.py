"""soak: the load of watchlists for ten minutes while clients come and go; memory must not grow."""

import time

from tickcast.bench.comparison import lists
from tickcast.bench.load import Load, targets
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.stack import stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import prove
from tickcast.runtime.settings import MIB

STAY = 10.0
"""Seconds that a passing client stays."""

MINUTES = 10
"""The length of a soak; a shorter soak misses this target."""

FILLING = 90.0
"""Seconds in which the ring of recent ticks fills, and memory may grow."""

COLUMNS = [
    Column("minutes", "minutes", 1),
    Column("ticks", "ticks delivered", 0),
    Column("visits", "streams come and gone", 0),
    Column("filled", "MiB once filled", 1),
    Column("end", "MiB at the end", 1),
    Column("core", "core %", 0),
]


def run(bench: Bench) -> Result:
    """Keep four fifths of the clients connected, and let a fifth come and go."""
    options = bench.options
    clients, symbols = options.clients or 1000, options.symbols or 500
    rate, seconds = options.rate or 10_000.0, options.seconds or 60.0 * MINUTES
    requests = targets([TICKCAST.target(each) for each in lists(symbol_names(symbols), clients, LIST_SIZE)])
    staying, passing = requests[clients // 5 :], requests[: clients // 5]
    memory: list[tuple[float, float]] = []
    visits = 0
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate) as feeder,
        place.gateway() as (gateway, port),
        Load(port, staying, check_every=20) as load,
    ):
        load.open()
        began, used = time.monotonic(), gateway.cpu()
        while (passed := time.monotonic() - began) < seconds:
            bench.say(f"soak: {passed:.0f} of {seconds:.0f} s, {gateway.resident() / MIB:.0f} MiB")
            with Load(port, passing, check_every=0) as guests:
                guests.open()
                time.sleep(min(STAY, seconds))
                memory.append(((time.monotonic() - began) / 60, gateway.resident() / MIB))
            visits += len(passing)
        took, cpu = time.monotonic() - began, gateway.cpu() - used
        ticks = load.totals().ticks
        proof = prove(load, feeder, place)
        gaps = load.totals().gaps
    filled = next((size for minutes, size in memory if 60 * minutes >= min(FILLING, took / 2)), memory[-1][1])
    end = memory[-1][1]
    row: dict[str, Value] = {"who": "Tickcast", "minutes": took / 60, "ticks": ticks, "visits": visits}
    row |= {"filled": filled, "end": end, "core": 100 * cpu / took}
    return Result(
        "soak",
        f"{clients:,} lists of {LIST_SIZE} of {symbols} symbols, {rate:,.0f} ticks/s, a fifth comes and goes",
        COLUMNS,
        [row],
        [
            Target("length", took / 60, MINUTES, False, "minutes"),
            Target("growth of memory after the ring has filled", 100 * (end / filled - 1), 5, unit="%"),
        ],
        [
            bench.cores.note,
            "Resident memory. It grows for the first minute, while the ring of recent ticks fills.",
            f"Clients that stay received every tick; {gaps} gaps were announced. {proof.sentence}",
        ],
        {"resident memory, MiB by minutes": memory},
    )


SCENARIO = Scenario(
    "soak", "ten minutes of watchlists, clients coming and going: memory (not in `all`)", run, 630
)
