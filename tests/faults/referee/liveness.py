"""Whether a client took prices for live that were not, and how old its ticks were. Pure.

A client believes what its stream says: live from a hello, status or heartbeat that says so, until one
that says stale, the end of the stream, or a silence of SILENCE heartbeats. Its prices are live when it has
every tick that Redis accepted, or a newer one of the same symbol, and when the feed gives signs of life.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from tests.faults.referee.ledger import Ledger
from tests.faults.referee.trace import CLOSED, CONNECTION, PAUSED, RESUMED, SILENCE, Tick, Trace

SIGN = 1_200_000
"""µs within which a feed that lives gives a sign: a heartbeat a second."""

CATCHING_UP = 1_000_000
"""µs after a pause of the client's own in which it reads what waited in its buffers."""

Span = tuple[int, int]


@dataclass
class Ages:
    """How old ticks were at arrival, in µs, if the stream said live, and began before they were accepted."""

    values: list[int] = field(default_factory=list)
    """From the tick's own `t` to its arrival, without the interval of the stream."""
    longest: int = 0
    """From Redis to the client, at most, without the interval of the stream."""
    at: int = 0
    what: str = ""

    def add(self, other: "Ages") -> None:
        """Add those of another client."""
        self.values += other.values
        if other.longest > self.longest:
            self.longest, self.at, self.what = other.longest, other.at, other.what

    @property
    def most(self) -> int:
        """The oldest."""
        return max(self.values, default=0)

    def share(self, part: float) -> int:
        """Return the age below which this part of the ticks is."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0


@dataclass
class Liveness:
    """What was found of one client."""

    stale: int = 0
    """Longest time, µs, of prices taken for live that were not."""
    at: int = 0
    what: str = ""
    ages: Ages = field(default_factory=Ages)

    def saw(self, span: Span, what: str) -> None:
        """Take a time for which the client was wrong."""
        if span[1] - span[0] > self.stale:
            self.stale, self.at, self.what = span[1] - span[0], span[0], what


def judge(trace: Trace, ledger: Ledger) -> Liveness:
    """Return how long this client was wrong at most, and the ages of its ticks."""
    found = Liveness()
    if trace.plan.pace == "slow" or not trace.events:
        return found
    beliefs = believed(trace)
    for span in _silences(ledger.signs, trace.events[-1].at):
        for common in _common(beliefs, span):
            found.saw(common, "the feed gave no sign of life")
    _follow(trace, ledger, beliefs, found)
    return found


def believed(trace: Trace) -> list[Span]:
    """Return when the client took its prices for live, in order."""
    silence = int(SILENCE * trace.heartbeat * 1000)
    spans: list[Span] = []
    since: int | None = None
    last, held_until = 0, 0
    for event in trace.events:
        if since is not None and event.at - last > silence:
            spans.append((since, last + silence))
            since = event.at
        last = event.at
        if event.kind in (CONNECTION, CLOSED, PAUSED):
            live: bool | None = False
        elif event.kind in ("hello", "status", "heartbeat"):
            live = event.data.get("feed") == "live"
        else:
            live = None
        if event.kind == RESUMED:
            live, held_until = True, event.at + CATCHING_UP
        if live is False and since is not None:
            spans.append((since, event.at))
            since = None
        elif live and since is None:
            since = max(event.at, held_until)
    if since is not None:
        spans.append((since, last))
    return [span for span in spans if span[0] < span[1]]


def _silences(signs: list[int], end: int) -> list[Span]:
    ends = [*signs[1:], end]
    return [(sign + SIGN, after) for sign, after in zip(signs, ends, strict=True) if after > sign + SIGN]


def _common(beliefs: list[Span], span: Span) -> list[Span]:
    first = max(0, bisect_right(beliefs, span) - 1)
    found = []
    for begin, end in beliefs[first:]:
        if begin >= span[1]:
            break
        if end > span[0]:
            found.append((max(begin, span[0]), min(end, span[1])))
    return found


class _Follower:
    """Follows what one client has of each of its symbols."""

    def __init__(self, trace: Trace, ledger: Ledger, beliefs: list[Span], found: Liveness) -> None:
        self._allowed = trace.plan.interval * 1000
        self._ledger, self._beliefs, self._found = ledger, beliefs, found
        self._places: dict[str, tuple[int, int]] = {}
        """Of each symbol that is asked for now: newest place that came, and since when it is asked for."""
        self._begun = 0

    def connect(self, at: int, symbols: tuple[str, ...]) -> None:
        """Take a new request."""
        for symbol in set(self._places) - set(symbols):
            del self._places[symbol]
        for symbol in symbols:
            self._places.setdefault(symbol, (-1, at))
        self._begun = 0

    def hello(self, at: int) -> None:
        """Take the beginning of a stream."""
        self._begun = at

    def change(self, at: int, added: list[str], dropped: list[str]) -> None:
        """Take a change of the list."""
        for symbol in dropped:
            self._places.pop(symbol, None)
        for symbol in added:
            self._places.setdefault(symbol, (-1, at))

    def take(self, tick: Tick, at: int, snapshot: bool) -> None:
        """Take a tick that came."""
        known = self._places.get(tick.symbol)
        if known is None:
            return
        place = self._ledger.place(tick, known[0] if known[0] >= 0 else None, at)
        if place is None:
            return
        accepted = self._ledger.ticks[tick.symbol][place]
        if not snapshot and accepted.at > self._begun > 0 and self._believes(accepted.at, at):
            ages = self._found.ages
            ages.values.append(max(0, at - tick.t - self._allowed))
            took = at - accepted.at - self._allowed
            if took > ages.longest:
                ages.longest, ages.at, ages.what = took, at, f"{tick.symbol} q {tick.q}"
        if place > known[0]:
            self._wait(tick.symbol, known, at)
            self._places[tick.symbol] = (place, known[1])

    def end(self, at: int) -> None:
        """Look at what never came."""
        for symbol, known in self._places.items():
            self._wait(symbol, known, at)

    def _believes(self, since: int, at: int) -> bool:
        found = bisect_right(self._beliefs, (since, 1 << 62)) - 1
        return found >= 0 and self._beliefs[found][1] >= at

    def _wait(self, symbol: str, known: tuple[int, int], until: int) -> None:
        """Count the time from the acceptance of the first tick that this client lacks."""
        ticks, after = self._ledger.ticks.get(symbol, []), known[0] + 1
        # What stands there a second time may be known from the first.
        while after < len(ticks) and (ticks[after].restored or ticks[after].tick in self._ledger.twice):
            after += 1
        if after < len(ticks):
            begin = max(ticks[after].at, known[1]) + self._allowed
            if until - begin > self._found.stale:
                for span in _common(self._beliefs, (begin, until)):
                    self._found.saw(span, f"{symbol} q {ticks[after].tick.q} had not come")


def _follow(trace: Trace, ledger: Ledger, beliefs: list[Span], found: Liveness) -> None:
    follower = _Follower(trace, ledger, beliefs, found)
    for event in trace.events:
        if event.kind == "tick":
            follower.take(event.data, event.at, snapshot=False)
        elif event.kind in ("ticks", "snapshot"):
            for tick in event.data:
                follower.take(tick, event.at, event.kind == "snapshot")
        elif event.kind == CONNECTION:
            follower.connect(event.at, event.data.symbols)
        elif event.kind == "hello":
            follower.hello(event.at)
        elif event.kind == "symbols":
            follower.change(event.at, event.data.get("added", []), event.data.get("dropped", []))
    follower.end(trace.events[-1].at)
