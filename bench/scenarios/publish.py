"""publish: ticks a second that the publisher writes into Redis: log, last values and channel."""

import os
import time

from tickcast.bench import redis_link
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.stack import stack

COLUMNS = [
    Column("rate", "ticks/s", 0),
    Column("publisher", "publisher's core %", 0),
    Column("redis", "Redis's core %", 0),
]


def run(bench: Bench) -> Result:
    """Measure publisher and Redis, each on its own core if there are two cores."""
    symbols, seconds = bench.options.symbols or 500, bench.options.seconds or 8.0
    bench.say("publish")
    with stack(bench.cores) as place, place.redis() as redis, place.feeder(symbols, 0.0) as feeder:
        os.sched_setaffinity(feeder.pid, bench.cores.server)
        time.sleep(1)
        began, before = time.monotonic(), sum(redis_link.newest(place.redis_url).values())
        used = feeder.cpu(), redis.cpu()
        time.sleep(seconds)
        took, after = time.monotonic() - began, sum(redis_link.newest(place.redis_url).values())
        cpu = feeder.cpu() - used[0], redis.cpu() - used[1]
    rate = (after - before) / took
    row: dict[str, Value] = {"who": "publisher", "rate": rate}
    row |= {"publisher": 100 * cpu[0] / took, "redis": 100 * cpu[1] / took}
    target = Target("ticks a second into Redis", rate, 100_000, False)
    notes = ["The publisher and Redis have a core each. Ticks are counted in Redis, as the sum of all q."]
    used_up = {"the publisher": cpu[0] / took, "Redis": cpu[1] / took}
    return Result(
        "publish",
        f"{symbols} symbols, no pace",
        COLUMNS,
        [row],
        [target],
        notes,
        profiles={"publisher and Redis": used_up},
    )


SCENARIO = Scenario("publish", "publisher to Redis, as fast as it goes: ticks a second", run, 18)
