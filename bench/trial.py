"""A trial: one server under load, measured in a window. Trials of a comparison have the same load."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tickcast.bench import redis_link, scrape
from tickcast.bench.client import BARE, Expectation
from tickcast.bench.load import Load, targets
from tickcast.bench.process import Process, wait_for
from tickcast.bench.profile import profile
from tickcast.bench.servers import Serve, Server
from tickcast.bench.stack import Stack
from tickcast.bench.totals import Proof
from tickcast.bench.window import Window, measure_window
from tickcast.runtime.errors import UserError
from tickcast.runtime.ports import free_ports

SETTLE = 1.5
"""Seconds between the last client's connection and the window."""

REST = ("busy_share", "fan_out_rest_factor")
"""Metrics of a gateway: how busy its loop is, and how long it rests."""


@dataclass
class Trial:
    """A server and the load under which it is measured."""

    name: str
    serve: Serve
    requests: Sequence[bytes]
    """The request of each client."""
    expects: Expectation = BARE
    check_every: int = 10
    """Each n-th client checks every tick, with 0 none; the other clients count."""
    encoded: bool = False
    """Streams may be compressed: clients that do not check count bytes only."""
    writes: Callable[[int], float] = lambda _port: 0.0
    """Returns how many frames the server at a port has written so far."""
    profiled: bool = False
    """Take a CPU profile after the window; only gateways can."""


def trial_of(server: Server, wanted: Sequence[str], check_every: int = 10, profiled: bool = False) -> Trial:
    """Return a trial with a client for each comma list of symbols in `wanted`."""
    paths = [server.target(symbols) for symbols in wanted]
    trial = Trial(server.name, server.serve, targets(paths), server.expects, check_every, profiled=profiled)
    if profiled:
        trial.writes = frames
    return trial


def frames(port: int) -> float:
    """Return how many frames a gateway has written to sockets so far."""
    return scrape.metric(port, "deliveries_total")


def measure(trial: Trial, stack: Stack, symbols: int, rate: float, seconds: float) -> Window:
    """Measure a server for `seconds`, fed with `rate` ticks a second of `symbols` symbols.

    Raises UserError if a delivery was wrong.
    """
    with (
        stack.feeder(symbols, rate) as feeder,
        trial.serve(stack) as (server, port),
        Load(
            port, trial.requests, expects=trial.expects, check_every=trial.check_every, encoded=trial.encoded
        ) as load,
    ):
        load.open()
        if faults := load.totals().faults:
            raise UserError(f"{trial.name} refuses: {'; '.join(faults[:3])}")
        time.sleep(SETTLE)
        before = trial.writes(port)
        window = measure_window(server, load, seconds)
        window.writes = trial.writes(port) - before
        if trial.profiled:
            window.busy, window.rest = (scrape.metric(port, name) for name in REST)
        if trial.profiled:
            window.profile = profile(server)
        server.check()
        if trial.requests and not window.reads:
            raise UserError(f"{trial.name} delivered nothing")
        window.proof = prove(load, feeder, stack)
        window.gaps = load.totals().gaps
    return window


def prove(load: Load, feeder: Process, stack: Stack) -> Proof:
    """Stop the publisher, prove that every client has every tick that it was owed, and return the counts.

    A client that received a gap is proved from the snapshot behind the gap. Raises UserError for a wrong
    delivery, and if no client could be proved.
    """
    feeder.stop()
    newest = redis_link.newest(stack.redis_url)
    wrong: list[str] = []

    def delivered() -> bool:
        wrong[:] = load.totals().faults or load.prove(newest)
        return not wrong

    try:
        wait_for(delivered, "every tick has arrived", timeout=10)
    except UserError:
        raise UserError(f"deliveries were wrong: {'; '.join(wrong[:3])}") from None
    proof = load.proof()
    if proof.clients and not proof.whole + proof.regained:
        raise UserError(f"nothing is proved: all {proof.clients} clients received a gap, and no tick since")
    return proof


def bare_send(name: str, window: Window, clients: int) -> Trial:
    """Return a trial of the bare send() loop, with frames of the number and size of those in `window`."""
    rate = window.writes / window.seconds / clients
    size, ticks = round(window.bytes / window.writes), max(1, round(window.ticks / window.writes))

    @contextmanager
    def serve(stack: Stack) -> Iterator[tuple[Process, int]]:
        (port,) = free_ports(1)
        argv = [
            sys.executable,
            "-m",
            "tickcast.bench.bare_send",
            *map(str, (port, clients, rate, size, ticks)),
        ]
        with stack.start("send", argv, measured=True) as process:
            wait_for(lambda: "listening" in process.last_words(), "send listens", processes=[process])
            yield process, port

    return Trial(name, serve, targets(["/"] * clients), check_every=0)
