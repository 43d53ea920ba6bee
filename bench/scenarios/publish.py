"""publish: ticks a second into Redis (log, last values, channel), by a source beside through the inbox.

Then the age of a tick in the channel at light load, both ways: what the hop over the inbox adds.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tickcast.bench import redis_link
from tickcast.bench.channel_ages import channel_ages
from tickcast.bench.histogram import Histogram
from tickcast.bench.process import Process, wait_for
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.stack import Stack, stack

COLUMNS = [
    Column("rate", "ticks/s", 0),
    Column("publisher", "publisher's core %", 0),
    Column("redis", "Redis's core %", 0),
    Column("yield", "ticks/CPU s", 0),
    Column("p50", "p50 ms", 2),
    Column("p99", "p99 ms", 2),
]

LIGHT = 200.0
"""Ticks a second of the light load."""

WARM_UP = 1.0


def run(bench: Bench) -> Result:
    """Measure publisher and Redis, each on its own core if there are two cores."""
    symbols, seconds = bench.options.symbols or 500, bench.options.seconds or 4.0
    rows: list[dict[str, Value]] = []
    rates: list[float] = []
    percentiles: list[tuple[float, float]] = []
    used_up: dict[str, float] = {}
    for who, inbox in (("by a source", False), ("through the inbox", True)):
        bench.say(f"publish: {who}")
        rate, row, cpu = _full_speed(bench, symbols, seconds, inbox)
        ages = _light(bench, symbols, seconds, inbox)
        percentiles.append((ages.percentile(50), ages.percentile(99)))
        rates.append(rate)
        rows.append({"who": who, **row, "p50": percentiles[-1][0] / 1000, "p99": percentiles[-1][1] / 1000})
        used_up[f"the publisher, {who}"] = cpu
    target = Target("ticks a second into Redis", rates[0], 100_000, False)
    hop = [(through - direct) / 1000 for direct, through in zip(*percentiles, strict=True)]
    return Result(
        "publish",
        f"{symbols} symbols, no pace; ages at {LIGHT:g} ticks/s",
        COLUMNS,
        rows,
        [target],
        [
            "The publisher and Redis have a core each. Ticks are counted in Redis, as the sum of all q.",
            "Through the inbox entries of 1,000 ticks come from a producer on Redis's core, which encoded "
            "them before.",
            f"The hop over the inbox adds {hop[0]:.2f} ms to p50 and {hop[1]:.2f} ms to p99 of the age of a "
            "tick in the channel; the producer's own way to Redis is a part of it.",
        ],
        profiles={"publisher": used_up},
    )


def _full_speed(
    bench: Bench, symbols: int, seconds: float, inbox: bool
) -> tuple[float, dict[str, Value], float]:
    """Return ticks a second, the row of the table, and the busy share of the publisher's core."""
    with stack(bench.cores) as place, place.redis() as redis, _feed(place, symbols, 0.0, inbox) as publisher:
        os.sched_setaffinity(publisher.pid, bench.cores.server)
        time.sleep(WARM_UP)
        began, before = time.monotonic(), sum(redis_link.newest(place.redis_url).values())
        used = publisher.cpu(), redis.cpu()
        time.sleep(seconds)
        took, after = time.monotonic() - began, sum(redis_link.newest(place.redis_url).values())
        cpu = publisher.cpu() - used[0], redis.cpu() - used[1]
    rate = (after - before) / took
    row: dict[str, Value] = {"rate": rate, "yield": (after - before) / cpu[0]}
    row |= {"publisher": 100 * cpu[0] / took, "redis": 100 * cpu[1] / took}
    return rate, row, cpu[0] / took


def _light(bench: Bench, symbols: int, seconds: float, inbox: bool) -> Histogram:
    with stack(bench.cores) as place, place.redis(), _feed(place, symbols, LIGHT, inbox):
        return channel_ages(place.redis_url, seconds)


@contextmanager
def _feed(place: Stack, symbols: int, rate: float, inbox: bool) -> Iterator[Process]:
    """Run a publisher of the steady source, or one of the inbox with a producer before it."""
    with ExitStack() as running:
        if not inbox:
            yield running.enter_context(place.feeder(symbols, rate))
            return
        argv = [sys.executable, "-P", "-m", "tickcast.cli.main", "publisher"]
        publisher = place.start("inbox publisher", argv, source="inbox", log_level="warning")
        running.enter_context(publisher)
        words = [sys.executable, "-m", "tickcast.bench.hand_in", str(symbols), str(rate)]
        producer = running.enter_context(place.start("producer", words))
        wait_for(
            lambda: len(redis_link.newest(place.redis_url)) >= symbols,
            "the first ticks",
            processes=[publisher, producer],
        )
        yield publisher


SCENARIO = Scenario("publish", "publisher to Redis, as fast as it goes: by a source, by the inbox", run, 24)
