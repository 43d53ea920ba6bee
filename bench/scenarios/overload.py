"""overload: twice the clients that one core carries come at once, stay for a while, and go."""

import time
from dataclasses import dataclass

import httpx

from bench.arm import SETTLE, prove
from bench.comparison import lists
from bench.load import Load, targets
from bench.process import Process
from bench.profile import Profile, profile
from bench.result import Column, Result, Target, Value
from bench.scenario import Bench, Scenario
from bench.scenarios.watchlists import SIZE
from bench.servers import TICKCAST
from bench.stack import stack
from bench.steady import symbol_names
from bench.window import Window, watch

CALM = 500
"""Clients that are there all the time."""

CROWD = 8000
"""Clients that come on top: twice the 4,000 at which `knee` finds ages still below 250 ms on our machine."""

USUAL = 250.0
"""ms: the p99 of ages at which the gateway counts as recovered."""

COLUMNS = [
    Column("clients", "clients", 0),
    Column("rate", "delivered/s", 0),
    Column("core", "core %", 0),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
    Column("health", "slowest /healthz, ms", 1),
    Column("gaps", "gaps told", 0),
]


@dataclass
class Course:
    """How it went."""

    rows: list[dict[str, Value]]
    slowest: float
    """/healthz, ms."""
    recovery: float
    """Seconds from the end of the load until ages were as usual."""
    gaps: int
    load: float
    """The part of a core that all clients used at most."""
    profile: Profile
    """Where the gateway's CPU went while all were there."""


def run(bench: Bench) -> Result:
    """Measure before, during and after; then prove that whoever lost ticks was told."""
    options = bench.options
    symbols, rate, seconds = options.symbols or 500, options.rate or 10_000.0, options.seconds or 8.0
    names = symbol_names(symbols)
    calm = _requests(lists(names, CALM, SIZE))
    with (
        stack(bench.cores) as place,
        place.redis(),
        place.feeder(symbols, rate) as feeder,
        place.gateway() as (gateway, port),
        Load(port, calm, check_every=10) as load,
    ):
        bench.say("overload: as usual")
        load.open()
        time.sleep(SETTLE)
        usual = watch(gateway, load, 3.0)
        crowd = options.clients or CROWD
        bench.say(f"overload: {crowd:,} more clients")
        course = _course(load, gateway, port, _requests(lists(names, crowd, SIZE)), seconds, usual.rate)
        gateway.check()
        prove(load, feeder, place)
    rows = [_row("before", CALM, usual, None, 0), *course.rows]
    return Result(
        "overload",
        f"{CALM} lists, then {crowd:,} more for {seconds:g} s, {rate:,.0f} ticks/s",
        COLUMNS,
        rows,
        [
            Target("slowest /healthz", course.slowest, 1000, unit="ms"),
            Target("until ages are as usual again", course.recovery, 10, unit="s"),
        ],
        [
            bench.cores.note,
            f"{course.gaps} gaps were told. Ages, and the proof that nothing was lost untold, are of the "
            f"{CALM} who were there all the time. The clients took {course.load:.0%} of their core at most, "
            "which they share with publisher and Redis.",
        ],
        profiles={"during": course.profile},
    )


def _requests(wanted: list[str]) -> list[bytes]:
    return targets([TICKCAST.target(each) for each in wanted])


def _course(
    load: Load, gateway: Process, port: int, requests: list[bytes], seconds: float, usual: float
) -> Course:
    with Load(port, requests, check_every=0) as crowd:
        crowd.open()
        time.sleep(SETTLE)
        slowest = 0.0
        windows = []
        used = 0.0
        for _ in range(max(1, round(seconds))):
            before = crowd.totals()
            window = watch(gateway, load, 1.0)
            after = crowd.totals()
            window.ticks += after.ticks - before.ticks
            windows.append(window)
            used = max(used, (window.load_cpu + after.cpu - before.cpu) / window.seconds)
            slowest = max(slowest, _health(port))
        found = profile(gateway)
        gaps = crowd.totals().gaps + load.totals().gaps
    ended = time.monotonic()
    busiest = max(windows, key=lambda window: window.age(99))
    while True:
        window = watch(gateway, load, 1.0)
        slowest = max(slowest, _health(port))
        recovery = time.monotonic() - ended
        # Nothing delivered has no age: it must also be as much as before.
        if (window.rate > 0.9 * usual and window.age(99) < USUAL) or recovery > 30:
            break
    rows = [
        _row("during", CALM + len(requests), busiest, slowest, gaps),
        _row("after", CALM, window, _health(port), load.totals().gaps),
    ]
    return Course(rows, slowest, recovery, gaps, used, found)


def _health(port: int) -> float:
    began = time.monotonic()
    httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=30).raise_for_status()
    return 1000 * (time.monotonic() - began)


def _row(who: str, clients: int, window: Window, health: float | None, gaps: int) -> dict[str, Value]:
    row: dict[str, Value] = {"who": who, "clients": clients, "rate": window.rate, "core": 100 * window.core}
    return row | {"p50": window.age(50), "p99": window.age(99), "health": health, "gaps": gaps}


SCENARIO = Scenario(
    "overload", "twice what a core carries: stays up, loses nothing untold, recovers", run, 45
)
