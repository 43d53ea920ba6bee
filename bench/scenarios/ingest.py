"""ingest: a gateway without clients processes all ticks that the publisher can write."""

import time

from tickcast.bench import redis_link, scrape
from tickcast.bench.process import wait_for
from tickcast.bench.profile import Profile, profile
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.stack import stack
from tickcast.runtime.settings import MIB

COLUMNS = [
    Column("rate", "ticks/s", 0),
    Column("core", "core %", 0),
    Column("yield", "ticks/CPU s", 0),
    Column("batch", "ticks a batch", 0),
    Column("memory", "MiB", 0),
]


def run(bench: Bench) -> Result:
    """Measure at the publisher's full speed, and at 10,000 ticks/s, where batches are small."""
    options = bench.options
    symbols, seconds = options.symbols or 500, options.seconds or 8.0
    profiles: dict[str, Profile] = {}
    rows = [
        _row(bench, "as fast as it comes", symbols, 0.0, seconds, profiles),
        _row(bench, "10,000 ticks/s", symbols, options.rate or 10_000.0, seconds, profiles),
    ]
    target = Target("ticks a CPU second, full speed", float(rows[0]["yield"] or 0), 300_000, False)
    notes = [
        bench.cores.note,
        "The gateway counts ticks; at the end it has the newest q of every symbol in Redis.",
    ]
    setting = f"one gateway, no clients, {symbols} symbols"
    return Result("ingest", setting, COLUMNS, rows, [target], notes, profiles=profiles)


def _row(
    bench: Bench, name: str, symbols: int, rate: float, seconds: float, profiles: dict[str, Profile]
) -> dict[str, Value]:
    bench.say(f"ingest: {name}")
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate) as feeder,
        place.gateway() as (gateway, port),
    ):
        time.sleep(1)
        began, used = time.monotonic(), gateway.cpu()
        ticks, batches = scrape.metric(port, "ticks_in_total"), scrape.metric(port, "batches_in_total")
        time.sleep(seconds)
        took, cpu = time.monotonic() - began, gateway.cpu() - used
        ticks = scrape.metric(port, "ticks_in_total") - ticks
        batches = scrape.metric(port, "batches_in_total") - batches
        memory = gateway.resident()
        profiles[name] = profile(gateway)
        feeder.stop()
        newest = redis_link.newest(place.redis_url)
        wait_for(lambda: scrape.newest(port) == newest, "the gateway has every tick")
    row: dict[str, Value] = {"who": name, "rate": ticks / took, "core": 100 * cpu / took}
    return row | {"yield": ticks / cpu, "batch": ticks / max(1.0, batches), "memory": memory / MIB}


SCENARIO = Scenario("ingest", "one gateway, no clients: ticks taken in for a CPU second", run, 35)
