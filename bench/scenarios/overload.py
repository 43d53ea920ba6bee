"""overload: clients join until a core is full, then as many again; they stay for a while, and leave."""

import time
from dataclasses import dataclass

import httpx2

from tickcast.bench.comparison import lists
from tickcast.bench.flash_crowd import CrowdSample, FlashCrowd
from tickcast.bench.load import Load, targets
from tickcast.bench.process import Process
from tickcast.bench.profile import Profile, profile
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.stack import stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import SETTLE, prove
from tickcast.bench.window import LOAD_LIMIT, Window, measure_window

CALM = 500
"""Clients that stay connected all the time and get every tick."""

INTERVAL = 100
"""ms between frames to the crowd. A gateway rests between rounds for groups that get every tick, so such
clients never fill its core; it does not rest for conflated groups, so a conflated crowd fills it."""

GROUP = 1000
"""Clients of the crowd that join together."""

MAX_CROWD = 8000
"""Clients of the crowd until the core is full, at most; twice as many must fit into the file limit."""

FULL_CORE = 0.95
"""Share of a core that counts as full."""

RECOVERED_AGE = 250.0
"""ms: the p99 of ages at which the gateway counts as recovered."""

COLUMNS = [
    Column("clients", "clients", 0),
    Column("rate", "delivered/s", 0),
    Column("core", "core %", 0),
    Column("rest", "core of all else %", 0),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
    Column("frame", "ticks a read", 1),
    Column("wait", "crowd: between frames, p50 ms", 0),
    Column("wait99", "p99 ms", 0),
    Column("health", "slowest /healthz, ms", 1),
    Column("gaps", "gaps told", 0),
    Column("whole", "proved from first to last", 0),
    Column("regained", "proved from a gap on", 0),
]


@dataclass
class Overload:
    """The calm clients and the gateway of an overload, and its slowest health check."""

    load: Load
    """The calm clients."""
    gateway: Process
    port: int
    slowest: float = 0.0
    """Slowest answer of /healthz so far, ms."""

    def row(
        self, name: str, window: Window, sample: CrowdSample | None = None, clients: int = 0
    ) -> dict[str, Value]:
        """Return the row of a window; ages and reads are those of the calm clients."""
        sample = sample or CrowdSample()
        row: dict[str, Value] = {"who": name, "clients": CALM + clients, "rate": window.rate + sample.rate}
        row |= {"core": 100 * window.core, "rest": 100 * window.other_cores}
        row |= {"p50": window.age(50), "p99": window.age(99), "frame": window.ticks / max(1, window.reads)}
        if (between := sample.times.between).total:
            row |= {"wait": between.percentile(50) / 1000, "wait99": between.percentile(99) / 1000}
        return row

    def ask(self) -> None:
        """Request /healthz, and keep the slowest answer."""
        began = time.monotonic()
        httpx2.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False, timeout=30).raise_for_status()
        self.slowest = max(self.slowest, 1000 * (time.monotonic() - began))


def run(bench: Bench) -> Result:
    """Measure before, at a full core, at twice that load and after; prove that each loss was announced."""
    options = bench.options
    symbols, rate, seconds = options.symbols or 500, options.rate or 10_000.0, options.seconds or 8.0
    names = symbol_names(symbols)
    most = (options.clients or 2 * MAX_CROWD) // 2
    paths = [
        f"{TICKCAST.target(each)}&interval={INTERVAL}"
        for each in lists(names, 2 * max(most, GROUP), LIST_SIZE)
    ]
    calm = targets([TICKCAST.target(each) for each in lists(names, CALM, LIST_SIZE)])
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
        usual = measure_window(gateway, load, 3.0)
        overload = Overload(load, gateway, port)
        rows = [overload.row("before", usual)]
        with FlashCrowd(port) as crowd:
            rows.append(_fill(overload, crowd, paths, most, bench))
            crowd.join(paths[crowd.clients : 2 * crowd.clients])
            bench.say(f"overload: {crowd.clients:,} more clients, twice what filled the core")
            over, found = _hold(overload, crowd, seconds)
            asked = time.monotonic()
            crowd.catch_up(place.redis_url, 30)
            fresh = time.monotonic() - asked
            crowd.sample()
            gaps, size = crowd.gaps, crowd.clients
        rows.append(over | {"gaps": gaps + load.totals().gaps})
        window, recovery = _recover(overload, usual)
        gateway.check()
        proof = prove(load, feeder, place)
        proved: dict[str, Value] = {"whole": proof.whole, "regained": proof.regained}
        rows.append(overload.row("after", window) | {"gaps": load.totals().gaps} | proved)
    setting = f"{CALM} lists, every tick, then {size:,} more every {INTERVAL} ms for {seconds:g} s"
    reached = [
        Target("gateway's core, overloaded", float(over["core"] or 0), 100 * FULL_CORE, False, "%"),
        Target("slowest /healthz", overload.slowest, 1000, unit="ms"),
        Target("until all of the crowd had what was newest at a moment", fresh, 10, unit="s"),
        Target("until ages are as usual again", recovery, 10, unit="s"),
        Target("calm clients proved", proof.whole + proof.regained, CALM, False),
    ]
    return Result(
        "overload",
        f"{setting}, {rate:,.0f} ticks/s",
        COLUMNS,
        rows,
        reached,
        _notes(bench, over),
        profiles={"during": found},
    )


def _fill(
    overload: Overload, crowd: FlashCrowd, paths: list[str], most: int, bench: Bench
) -> dict[str, Value]:
    """Let groups join until the core is full, or the crowd has `most` clients; return the row."""
    while True:
        crowd.join(paths[crowd.clients : crowd.clients + min(GROUP, most - crowd.clients)])
        bench.say(f"overload: {crowd.clients:,} more clients")
        time.sleep(SETTLE)
        crowd.sample()
        window = measure_window(overload.gateway, overload.load, 1.0)
        row = overload.row("a full core", window, crowd.sample(), crowd.clients)
        overload.ask()
        if window.core > FULL_CORE or crowd.clients >= most:
            return row


def _hold(overload: Overload, crowd: FlashCrowd, seconds: float) -> tuple[dict[str, Value], Profile]:
    """Keep the load for a while; return the row of the window with the oldest ticks, and a CPU profile."""
    time.sleep(SETTLE)
    rows = []
    for _ in range(max(1, round(seconds))):
        crowd.sample()
        window = measure_window(overload.gateway, overload.load, 1.0)
        rows.append(overload.row("twice that", window, crowd.sample(), crowd.clients))
        overload.ask()
    oldest = max(rows, key=lambda row: float(row["p99"] or 0))
    return oldest | {"health": overload.slowest}, profile(overload.gateway)


def _recover(overload: Overload, usual: Window) -> tuple[Window, float]:
    """Wait until ages are as usual; return that window and the seconds until then."""
    ended = time.monotonic()
    while True:
        window = measure_window(overload.gateway, overload.load, 1.0)
        overload.ask()
        recovery = time.monotonic() - ended
        # Without deliveries there are no ages, so the rate must be as before too.
        if (window.rate > 0.9 * usual.rate and window.age(99) < RECOVERED_AGE) or recovery > 30:
            return window, recovery


def _notes(bench: Bench, over: dict[str, Value]) -> list[str]:
    full = float(over["rest"] or 0) > 100 * LOAD_LIMIT
    limits = "The core of clients, publisher and Redis was full too: they may have been the limit."
    return [
        bench.cores.note,
        "Clients join until the gateway's core is full; then as many again. Ages and ticks a read are "
        f"those of the {CALM} calm clients, which stay connected all the time. At the end they prove that "
        "no tick was lost without a gap event: a client without a gap by its count of ticks, a client with "
        "a gap by each q behind its newest snapshot.",
        "All clients of the crowd prove that, for each symbol, they have the tick that was the newest at a "
        "moment of the overload; every 50th checks that no tick is older than the tick before it.",
        *([limits] if full else []),
    ]


SCENARIO = Scenario(
    "overload", "twice the load of a full core: stays up, announces every loss, recovers", run, 60
)
