"""idle: waiting connections; the memory that each takes in the server."""

from collections.abc import Sequence

from tickcast.bench.client import Expectation
from tickcast.bench.comparison import lists
from tickcast.bench.load import Load
from tickcast.bench.process import Process
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST, Server, remarks, rivals
from tickcast.bench.stack import Stack, stack
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of
from tickcast.runtime.errors import UserError
from tickcast.runtime.settings import MIB

COLUMNS = [
    Column("clients", "connections", 0),
    Column("before", "MiB before", 1),
    Column("after", "MiB with them", 1),
    Column("each", "KiB each", 2),
    Column("seconds", "s to open all", 1),
]
OWN_TRIALS = 2
"""The first trials, those of Tickcast; if one of them fails, the scenario fails."""


def run(bench: Bench) -> Result:
    """Measure Tickcast with one list for all clients, then with a list for each, then the rivals."""
    clients, symbols = bench.options.clients or 10_000, bench.options.symbols or 500
    names = symbol_names(symbols)
    same, own = lists(names, clients, LIST_SIZE, 1), lists(names, clients, LIST_SIZE)
    trials: list[tuple[Server, list[str]]] = [
        (TICKCAST._replace(name="Tickcast, one list"), same),
        (TICKCAST._replace(name="Tickcast, own lists"), own),
    ]
    if bench.options.rivals:
        trials += [(server, same) for server in rivals()]
    rows: list[dict[str, Value]] = []
    failed: list[str] = []
    with stack(bench.cores) as place, place.redis():
        for number, (server, wanted) in enumerate(trials):
            bench.say(f"idle: {server.name}")
            try:
                rows.append(_row(server, wanted, place, symbols))
            except UserError as error:
                if number < OWN_TRIALS:
                    raise
                failed.append(f"{server.name}: not measured: {error}")
    each = [float(row["each"] or 0) for row in rows[:OWN_TRIALS]]
    notes = [
        "Resident memory (RSS) of the server, minus its memory before the first connections. Kernel memory "
        "of sockets is the same for every server and not included.",
        f"A list of its own costs {each[1] - each[0]:.1f} KiB more than a shared list: it is a separate "
        f"group, with pending events and an entry in the index of each of its {LIST_SIZE} symbols.",
        *remarks(),
        *failed,
    ]
    reached = [
        Target(f"memory a connection, {kind}", size, 4, unit="KiB")
        for kind, size in zip(("one list for all", "a list each"), each, strict=True)
    ]
    return Result("idle", f"{clients:,} connections, one tick a second", COLUMNS, rows, reached, notes)


def _row(server: Server, wanted: list[str], place: Stack, symbols: int) -> dict[str, Value]:
    trial = trial_of(server, wanted, check_every=0)
    with place.feeder(symbols, 1.0), server.serve(place) as (process, port):
        # The first connections allocate memory that exists once.
        _open(port, trial.requests[:20], trial.expects, process)
        before = process.resident()
        seconds, after = _open(port, trial.requests, trial.expects, process)
    grown = after - before
    return {
        "who": server.name,
        "clients": len(wanted),
        "before": before / MIB,
        "after": after / MIB,
        "each": grown / len(wanted) / 1024,
        "seconds": seconds,
    }


def _open(port: int, requests: Sequence[bytes], expects: Expectation, process: Process) -> tuple[float, int]:
    """Open streams; return the seconds until all had begun, and the memory of the server then."""
    with Load(port, requests, expects=expects, check_every=0) as load:
        seconds = load.open()
        faults = load.totals().faults
        if faults:
            raise UserError(f"{process.name}: {'; '.join(faults[:3])}")
        return seconds, process.resident()


SCENARIO = Scenario("idle", "10,000 connections: memory each", run, 40)
