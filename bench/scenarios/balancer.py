"""balancer: the CPU cost of nginx for a frame that it relays from a gateway to a client.

    CPU = frames relayed x RELAY  +  bytes relayed x BYTE

The two figures are fitted to a load of small frames and a load of large frames, and checked at a third load:
its frames and bytes are measured, its CPU is predicted. docs/scaling.md uses the figures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tickcast.bench import balancer, scrape
from tickcast.bench.client import NEWEST_TICKS
from tickcast.bench.comparison import Comparison, Feed, lists
from tickcast.bench.process import Process
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST, Server
from tickcast.bench.stack import Stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of
from tickcast.bench.window import Window

SYMBOLS = 500
SMALL_CLIENTS = 2000
"""Clients of one symbol, with `SMALL_RATE` ticks a second: small frames."""
SMALL_RATE = 4.0

LARGE_RATE = 10_000.0
"""Ticks/s of the feed for `LARGE_CLIENTS` clients that get the newest every `INTERVAL` ms: large frames."""

LARGE_CLIENTS = 1000
INTERVAL = 250

CHECK_RATE = 1_000.0
"""Ticks/s of the feed for `LARGE_CLIENTS` / 2 clients that get every tick: frames of a size in between."""

COLUMNS = [
    Column("relay", "µs a frame", 2),
    Column("byte", "µs a KB", 2),
    Column("frames", "frames/s", 0),
    Column("size", "bytes a frame", 0),
    Column("core", "core %", 1),
    Column("foretold", "core % foretold", 1),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
]


@dataclass
class Relay:
    """CPU seconds of nginx for a frame and for a byte."""

    frame: float
    byte: float

    def core(self, window: Window) -> float:
        """Return the share of a core for the frames and bytes of a window."""
        return (self.frame * window.writes + self.byte * window.bytes) / window.seconds


def run(bench: Bench) -> Result:
    """Fit the two figures to two loads, and predict the CPU of the third."""
    title = "nginx with the configuration of deploy/nginx, one worker, before one gateway"
    if missing := balancer.missing():
        return Result("balancer", title, COLUMNS, [], [_target(None, missing)])
    seconds = bench.options.seconds or 6.0
    names = symbol_names(SYMBOLS)
    newest = TICKCAST._replace(
        target=lambda symbols: f"{TICKCAST.target(symbols)}&interval={INTERVAL}", expects=NEWEST_TICKS
    )
    with Comparison(bench, "balancer", seconds) as found:
        one = TICKCAST._replace(name=f"{SMALL_CLIENTS:,} of one symbol")
        small = _measured(found, one, names[:1] * SMALL_CLIENTS, Feed(1, SMALL_RATE))
        many = newest._replace(name=f"{LARGE_CLIENTS:,} lists every {INTERVAL} ms")
        large = _measured(found, many, lists(names, LARGE_CLIENTS, LIST_SIZE), Feed(SYMBOLS, LARGE_RATE))
        every = TICKCAST._replace(name=f"{LARGE_CLIENTS // 2} watchlists")
        third = _measured(
            found, every, lists(names, LARGE_CLIENTS // 2, LIST_SIZE), Feed(SYMBOLS, CHECK_RATE)
        )
    model = fitted(small, large)
    rows = [_row(name, model, window) for name, window in found.windows.items()]
    fit: dict[str, Value] = {"who": "fitted", "relay": 1e6 * model.frame, "byte": 1e9 * model.byte}
    wrong = 100 * abs(1 - model.core(third) / third.core)
    notes = [
        *found.notes,
        "The gateway counts frames, clients count bytes. RELAY and BYTE are fitted to the first two loads. "
        "For the third load only the CPU is foretold, from its measured frames and bytes; the scenario "
        "model foretells frames. A figure below zero is an error of the fit.",
    ]
    return Result("balancer", title, COLUMNS, [fit, *rows], [_target(wrong)], notes)


def _target(wrong: float | None, why: str = "") -> Target:
    return Target("wrong by", wrong, 25, unit="%", why=why)


def _measured(found: Comparison, server: Server, wanted: list[str], feed: Feed) -> Window:
    gateways: list[int] = []

    @contextmanager
    def serve(stack: Stack) -> Iterator[tuple[Process, int]]:
        with balancer.balanced(stack) as (nginx, port, gateway):
            gateways.append(gateway)
            yield nginx, port

    trial = trial_of(server._replace(serve=serve), wanted, check_every=20)
    return found.add(replace(trial, writes=lambda _: scrape.metric(gateways[-1], "deliveries_total")), *feed)


def fitted(small: Window, large: Window) -> Relay:
    """Return the figures that fit two loads: two equations with two unknowns."""
    cross = small.writes * large.bytes - large.writes * small.bytes
    byte = (small.writes * large.cpu - large.writes * small.cpu) / cross if cross else 0.0
    return Relay((small.cpu - byte * small.bytes) / small.writes, byte)


def _row(name: str, model: Relay, window: Window) -> dict[str, Value]:
    row: dict[str, Value] = {"who": name, "frames": window.writes / window.seconds}
    row |= {"size": window.bytes / window.writes, "core": 100 * window.core}
    return row | {"foretold": 100 * model.core(window), "p50": window.age(50), "p99": window.age(99)}


SCENARIO = Scenario("balancer", "nginx before a gateway: CPU for a frame relayed", run, 40)
