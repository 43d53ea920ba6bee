"""bandwidth: watchlists with gzip and zstd; bytes that compression saves, and CPU that it costs."""

from dataclasses import replace

from tickcast.bench.comparison import Comparison, lists
from tickcast.bench.load import targets
from tickcast.bench.result import Column, Result, Target, Value
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.scenarios.watchlists import LIST_SIZE
from tickcast.bench.servers import TICKCAST
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import trial_of
from tickcast.bench.window import Window

SHARED = 20
"""Number of different lists where clients share lists."""

ENCODINGS = ("identity", "gzip", "zstd")
CPU_BOUNDS = {"shared lists": 1.1, "own lists": 1.8}
DEAR = 2.0
"""Multiple of the p99 age without compression, above which a note says that higher age saves CPU."""

AGE = "Longer rounds make larger frames, so a higher age saves part of the CPU"

COLUMNS = [
    Column("bytes", "MB/s", 1),
    Column("less", "× plain bytes", 2),
    Column("core", "core %", 0),
    Column("more", "× plain CPU", 2),
    Column("p50", "p50 ms", 1),
    Column("p99", "p99 ms", 1),
    Column("later", "× plain p99", 1),
]


def run(bench: Bench) -> Result:
    """Measure every encoding, with lists that clients share and with lists of their own."""
    options = bench.options
    clients, symbols = options.clients or 1000, options.symbols or 500
    rate, seconds = options.rate or 10_000.0, options.seconds or 8.0
    rows: list[dict[str, Value]] = []
    reached: list[Target] = []
    with Comparison(bench, "bandwidth", seconds) as found:
        for kind, different in (("shared lists", SHARED), ("own lists", clients)):
            wanted = lists(symbol_names(symbols), clients, LIST_SIZE, different)
            plain: Window | None = None
            for encoding in ENCODINGS:
                trial = trial_of(
                    TICKCAST._replace(name=f"{encoding}, {kind}"), wanted, check_every=20, profiled=True
                )
                paths = [TICKCAST.target(each) for each in wanted]
                requests = targets(paths, f"Accept-Encoding: {encoding}")
                window = found.add(replace(trial, requests=requests, encoded=True), symbols, rate)
                plain = plain or window
                row = _row(trial.name, window, plain)
                rows.append(row)
                if encoding != "identity":
                    reached += _targets(row, CPU_BOUNDS[kind])
    dear = [_price(row) for row in rows if float(row["later"] or 0) > DEAR]
    notes = [
        *found.notes,
        *([f"{AGE}: {'; '.join(dear)}."] if dear else []),
        "identity, own lists, is the load of watchlists, which compares it with a bare send().",
        f"Every 20th client decompresses its stream and checks each q; the others count bytes. Shared lists: "
        f"{SHARED} different lists.",
    ]
    setting = (
        f"{clients:,} lists of {LIST_SIZE} of {symbols} symbols, {rate:,.0f} ticks/s, every tick, compressed"
    )
    return Result("bandwidth", setting, COLUMNS, rows, reached, notes, profiles=found.profiles)


def _row(name: str, window: Window, plain: Window) -> dict[str, Value]:
    row: dict[str, Value] = {"who": name, "bytes": window.bytes / window.seconds / 1e6}
    row |= {"less": window.bytes / window.seconds / (plain.bytes / plain.seconds)}
    row |= {"core": 100 * window.core, "more": window.core / plain.core}
    return row | {"p50": window.age(50), "p99": window.age(99)} | {"later": window.age(99) / plain.age(99)}


def _price(row: dict[str, Value]) -> str:
    cpu, age = f"{row['more']:.2f} × the CPU", f"{row['later']:.1f} × the age at p99"
    return f"{row['who']}: {cpu}, {age} ({row['p99']:.0f} ms)"


def _targets(row: dict[str, Value], bound: float) -> list[Target]:
    return [
        Target(f"{row['who']}: bytes beside plain", float(row["less"] or 0), 1 / 3, unit="×"),
        Target(f"{row['who']}: CPU beside plain", float(row["more"] or 0), bound, unit="×"),
    ]


SCENARIO = Scenario("bandwidth", "watchlists with gzip and zstd: bytes saved, CPU paid", run, 95)
