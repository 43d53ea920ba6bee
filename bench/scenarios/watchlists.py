"""watchlists: every client has its own list and gets every tick of it, so that no two frames are equal."""

from collections.abc import Iterator

from tickcast.bench.comparison import BARE_SEND, COLUMNS, Comparison, Feed, lists
from tickcast.bench.result import Column, Result, Target
from tickcast.bench.scenario import Bench, Scenario
from tickcast.bench.servers import RIVALS, TICKCAST, Server, remarks, rivals
from tickcast.bench.steady_source import symbol_names
from tickcast.bench.trial import Trial, trial_of
from tickcast.bench.window import Window

LIST_SIZE = 20
"""Symbols in a list."""

RIVALS_START = 0.1
"""Share of the load at which rivals begin; it doubles until their core is full."""

SHARES = (RIVALS_START, 0.4, 1.0)
"""Shares of the load at which Tickcast is measured, each time beside a gateway that always rests."""

ALWAYS = 10
"""The least `rest_above`: under these loads a gateway with it rests as long as it may."""

SATURATED = 0.9
"""A rival is at its limit if it uses more of its core, or delivers less of its ticks, than this share."""

FRESH_RIVAL = "nchan"
"""The rival whose latency and CPU are the targets at the first load."""

TARGET_RIVALS = ("nchan", "StreamingResponse")
"""Rivals for which there is a target."""

LEAD = 10
"""The target: ticks a CPU second, as a multiple of the rival's."""


def run(bench: Bench) -> Result:
    """Measure Tickcast at the full load and the rivals' first load, and rivals until their core is full."""
    options = bench.options
    clients, symbols = options.clients or 1000, options.symbols or 500
    rate, seconds = options.rate or 10_000.0, options.seconds or 8.0
    low = rate * RIVALS_START
    wanted = lists(symbol_names(symbols), clients, LIST_SIZE)
    with Comparison(bench, "watchlists", seconds) as found:
        ours = found.add(_trial(TICKCAST, wanted), symbols, rate)
        found.add_bare_send(ours, clients)
        if options.rivals:
            found.add(_trial(_always(rate, rate), wanted), symbols, rate)
            slower = found.add(_trial(_at(TICKCAST, low), wanted), symbols, low)
            found.add_bare_send(slower, clients, f"send() at {low:,.0f}/s")
            found.add(_trial(_always(low, rate), wanted), symbols, low)
            for server in rivals():
                _raise(found, server, wanted, Feed(symbols, low), rate)
            for part in SHARES[1:-1]:
                found.add(_trial(_at(TICKCAST, part * rate), wanted), symbols, part * rate)
                found.add(_trial(_always(part * rate, rate), wanted), symbols, part * rate)
    shares = {name: window.rate / _offered(found, name, symbols) for name, window in found.windows.items()}
    for row in found.rows:
        name = str(row["who"])
        row["part"] = 100 * shares[name]
        if name.startswith(TICKCAST.name):
            row["busy"], row["rest"] = 100 * found.windows[name].busy, found.windows[name].rest
        if not name.startswith(("Tickcast", "send()")):
            row["full"] = ours.yield_ / found.windows[name].yield_
            if row["offered"] == low:
                row["same"] = found.windows[_at(TICKCAST, low).name].yield_ / found.windows[name].yield_
    targets = [
        Target("delivered of what was offered", 100 * shares["Tickcast"], 99, False, "%"),
        Target("age of a tick, p99", ours.age(99), 100, unit="ms"),
        Target("ticks a CPU second", ours.yield_, 600_000, False),
        *_beside(found, ours, rate),
        *_fresh(found, low),
        *(target for part in SHARES[1:] for target in _bought(found, part * rate, rate)),
    ]
    notes = [
        *found.notes,
        "All clients count: at the end the ticks of each are the sum of newest q minus snapshot q over its "
        "symbols. Of every 20 clients, one also checks that each q is the last q plus one, and measures the "
        "age of each tick; four add up all q, which reveals a loss that a repeat hides in the count.",
        *_same_rate(found, low),
        *(
            f"{name} delivered {share:.0%} of what was offered."
            for name, share in shares.items()
            if share < SATURATED and not name.startswith("send()")
        ),
        *remarks(),
    ]
    setting = f"{clients:,} lists of {LIST_SIZE} of {symbols} symbols, {rate:,.0f} ticks/s, every tick"
    columns = [
        *COLUMNS,
        Column("part", "delivered %", 1),
        Column("busy", "busy %", 0),
        Column("rest", "rest, × work", 2),
        BARE_SEND,
        Column("full", f"Tickcast's ticks/CPU s at {rate:,.0f}/s, ×", 1),
        Column("same", f"Tickcast's at {low:,.0f}/s, ×", 2),
    ]
    return Result("watchlists", setting, columns, found.rows, targets, notes, profiles=found.profiles)


def _at(server: Server, rate: float) -> Server:
    return server._replace(name=f"{server.name} at {rate:,.0f}/s")


def _trial(server: Server, wanted: list[str]) -> Trial:
    return trial_of(server, wanted, check_every=20, profiled=True)


def _always(rate: float, full: float) -> Server:
    """Return a gateway that always rests, as gateways did that knew no busy share."""
    name = f"{TICKCAST.name}, always resting"
    server = TICKCAST._replace(name=name, serve=lambda stack: stack.gateway(rest_above=ALWAYS))
    return server if rate == full else _at(server, rate)


def _raise(found: Comparison, server: Server, wanted: list[str], feed: Feed, most: float) -> None:
    """Measure a rival at higher and higher rates, until its core is full or it fails."""
    while feed.rate <= most:
        there = _at(server, feed.rate)
        found.add_rivals([there], wanted, 20, feed)
        window = found.windows.get(there.name)
        if (
            window is None
            or window.core > SATURATED
            or window.rate < SATURATED * _offered(found, there.name, feed.symbols)
        ):
            return
        feed = feed._replace(rate=2 * feed.rate)


def _offered(found: Comparison, name: str, symbols: int) -> float:
    """Return the ticks a second that the clients of a row asked for."""
    row = next(row for row in found.rows if row["who"] == name)
    return float(row["offered"] or 0) * float(row["clients"] or 0) * min(LIST_SIZE, symbols) / symbols


def _rows_of(found: Comparison, name: str) -> Iterator[tuple[float, Window]]:
    """Yield the windows of a rival, with the rates of the feed."""
    for row in found.rows:
        if str(row["who"]).startswith(f"{name} at "):
            yield float(row["offered"] or 0), found.windows[str(row["who"])]


def _beside(found: Comparison, ours: Window, rate: float) -> Iterator[Target]:
    for name in TARGET_RIVALS:
        measured = list(_rows_of(found, name))
        if not measured:
            what = f"ticks a CPU second at {rate:,.0f}/s beside {name} at its best"
            yield Target(what, None, LEAD, False, "×", found.absent(name))
        else:
            at, best = max(measured, key=lambda row: row[1].yield_)
            what = f"ticks a CPU second at {rate:,.0f}/s beside {name} at its best, {at:,.0f}/s"
            yield Target(what, ours.yield_ / best.yield_, LEAD, False, "×")


def _fresh(found: Comparison, low: float) -> Iterator[Target]:
    """Yield the targets at the first load: as fresh as the rival, and no dearer."""
    ours, rival = (found.windows.get(_at(each, low).name) for each in (TICKCAST, _rival(FRESH_RIVAL)))
    aged = f"age of a tick, p99, at {low:,.0f}/s beside {FRESH_RIVAL}'s"
    cost = f"CPU a tick at {low:,.0f}/s beside {FRESH_RIVAL}'s"
    if ours is None or rival is None:
        for what in (aged, cost):
            yield Target(what, None, 1.0, unit="×", why=found.absent(FRESH_RIVAL))
    else:
        yield Target(aged, ours.age(99) / rival.age(99), 1.0, unit="×")
        yield Target(cost, ours.cost / rival.cost, 1.0, unit="×")


def _rival(name: str) -> Server:
    return next(rival.server for rival in RIVALS if rival.server.name == name)


def _bought(found: Comparison, rate: float, full: float) -> Iterator[Target]:
    """Yield the target for a higher load: without its longest rests p99 falls as much as CPU rises."""
    server = TICKCAST if rate == full else _at(TICKCAST, rate)
    ours, resting = (found.windows.get(each.name) for each in (server, _always(rate, full)))
    title = f"fall of p99 at {rate:,.0f}/s beside a gateway that always rests, for the rise of CPU"
    if ours is None or resting is None:
        yield Target(title, None, 0.0, False, "%", "rivals were left out")
    elif not (resting.age(99) and resting.cpu):
        yield Target(title, None, 0.0, False, "%", "it delivered nothing that shows an age")
    else:
        fall, rise = 100 * (1 - ours.age(99) / resting.age(99)), 100 * (ours.core / resting.core - 1)
        yield Target(title, fall, rise, False, "%")


def _same_rate(found: Comparison, low: float) -> list[str]:
    ratios = [f"{row['who']} {row['same']:.2f}" for row in found.rows if "same" in row]
    full, slow = found.windows["Tickcast"], found.windows.get(_at(TICKCAST, low).name)
    if not ratios or slow is None:
        return []
    return [
        f"At the same {low:,.0f}/s, Tickcast's ticks a CPU second as multiples of the rivals': "
        f"{', '.join(ratios)}. The rest of the difference is due to frames: {slow.ticks / slow.writes:.1f} "
        f"ticks a frame there, {full.ticks / full.writes:.1f} at the full rate."
    ]


SCENARIO = Scenario(
    "watchlists",
    "1,000 lists of 20 of 500 symbols, 1,000 to 10,000 ticks/s: ticks a CPU second, freshness",
    run,
    175,
)
