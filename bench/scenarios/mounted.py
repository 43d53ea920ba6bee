"""mounted: prices from an app of FastAPI, by a gateway in it and by the textbook's tickers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from tickcast.bench.client import BARE, EVERY_TICK
from tickcast.bench.comparison import COLUMNS, Comparison, Feed
from tickcast.bench.process import Process
from tickcast.bench.result import Column, Result, Target
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.servers import STREAMING, Server
from tickcast.bench.stack import UNBOUNDED, Stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of

MOST = 1 / 2
"""CPU of a delivery, at most, relative to the textbook's."""

MEMORY = Column("resident", "MiB in all", 0)
"""Memory of the server with all its clients."""

_AT = "/prices/v1/stream?symbols={}".format


def _mounted(stack: Stack, *more: str) -> AbstractContextManager[tuple[Process, int]]:
    return stack.app("baselines.mounted_app", *more, drain=0, **UNBOUNDED)


MOUNTED = Server("Tickcast, mounted", _mounted, _AT, EVERY_TICK)
KEPT = Server(
    "Tickcast, mounted, middleware reads", lambda stack: _mounted(stack, "reading"), _AT, EVERY_TICK
)
TICKER = Server(
    "FastAPI, a subscription each",
    lambda stack: stack.baseline("fastapi_ticker"),
    "/v1/stream?symbols={}".format,
    BARE,
)
QUEUES = STREAMING._replace(name="Starlette, a queue each")


def run(bench: Bench) -> Result:
    """Measure a mounted gateway, and then what an app would do without."""
    options = bench.options
    clients, rate, seconds = options.clients or 1000, options.rate or 4.0, options.seconds or 8.0
    wanted = symbol_names(1) * clients
    sizes: dict[str, float] = {}
    with Comparison(bench, "mounted", seconds) as found:
        for server in (MOUNTED, KEPT):
            found.add(trial_of(weighed(server, sizes), wanted), 1, rate)
        if options.rivals:
            rivals = [weighed(server, sizes) for server in (QUEUES, TICKER)]
            found.add_rivals(rivals, wanted, 10, Feed(1, rate))
    for row in found.rows:
        row["resident"] = sizes[str(row["who"])]
    return Result(
        "mounted",
        f"{clients:,} clients of one symbol at {rate:g} ticks/s, in an app of FastAPI under uvicorn",
        [*COLUMNS, MEMORY],
        found.rows,
        [_target(found, rival.name) for rival in (QUEUES, TICKER)],
        found.notes,
    )


def weighed(server: Server, sizes: dict[str, float]) -> Server:
    """Return the server, whose memory at the end of its trial is noted by its name, in MiB."""

    @contextmanager
    def serve(stack: Stack) -> Iterator[tuple[Process, int]]:
        with server.serve(stack) as (process, port):
            yield process, port
            sizes[server.name] = process.resident() / 1024**2

    return server._replace(serve=serve)


def _target(found: Comparison, name: str) -> Target:
    other = found.windows.get(name)
    times = found.windows[MOUNTED.name].relative_cost(other) if other else None
    why = found.absent(name) if other is None else f"{name} took less CPU than the system counts"
    return Target(f"CPU a delivery beside {name}", times, MOST, unit="×", why=why if times is None else "")


SCENARIO = Scenario("mounted", "a gateway in an app of FastAPI beside the textbook's tickers", run, 70)
