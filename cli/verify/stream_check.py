"""Checks the stream of one client: every `q` must follow the previous `q`, or be announced as missing.

Pure: events in, counts out. At interval 0 the rule is exact (q + 1); at other intervals q only has to grow.
Only a snapshot may jump, and only after a `gap`, a reset, or a first `hello`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from tickcast.cli.ticks import TicksError, split_snapshot, symbol_and_q
from tickcast.cli.verify.bar_check import BarCheck, BarFindings
from tickcast.cli.verify.sse import Event

MAX_MISSING = 100_000
"""Missing `q` kept for each symbol, to distinguish a late tick from a repeated tick."""


@dataclass
class Findings:
    """The findings of a check; for many clients, their sum."""

    ticks: int = 0
    """Ticks in `tick` events."""
    snapshots: int = 0
    """`snapshot` events."""
    lost: int = 0
    """Ticks that never came, without an announcement."""
    repeated: int = 0
    out_of_order: int = 0
    told: int = 0
    """Ticks that never came, but that the stream announced as missing."""
    malformed: int = 0
    """Events that do not follow the protocol."""
    gaps: Counter[str] = field(default_factory=Counter)
    """`gap` events by reason."""
    resumed: Counter[str] = field(default_factory=Counter)
    """`hello` events by their `resumed`."""
    bars: BarFindings = field(default_factory=BarFindings)

    @property
    def faults(self) -> int:
        """Number of all faults."""
        ticks = self.lost + self.repeated + self.out_of_order + self.malformed
        return ticks + self.bars.wrong.total()

    def add(self, other: "Findings") -> None:
        """Add the findings of another client."""
        for name in ("ticks", "snapshots", "lost", "repeated", "out_of_order", "told", "malformed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.gaps += other.gaps
        self.resumed += other.resumed
        self.bars.add(other.bars)


class StreamCheck:
    """Checks the events of one client, over all its connections."""

    def __init__(self, interval: int = 0, bars: BarCheck | None = None) -> None:
        """`interval` in ms; `bars` checks bars too, and needs `interval` 0."""
        self.findings = Findings()
        if bars is not None:
            self.findings.bars = bars.findings
        self._bars = bars
        self._every = interval == 0
        self._last: dict[bytes, int] = {}
        self._missing: dict[bytes, set[int]] = {}
        self._has_cursor = False
        self._jump_announced = False
        self._snapshot_seen = False

    def on_event(self, event: Event) -> None:
        """Check the next event of the stream."""
        kind, data, cursor = event
        try:
            if kind == b"tick":
                self._tick(data)
            elif kind == b"snapshot":
                self._snapshot(data)
            elif kind == b"gap":
                self.findings.gaps[str(orjson.loads(data)["reason"])] += 1
                self._allow_jump()
            elif kind == b"hello":
                self._hello(str(orjson.loads(data)["resumed"]))
            elif kind == b"bar" and self._bars is not None:
                self._bars.on_bar(data)
        except (TicksError, ValueError, KeyError, TypeError):
            self.findings.malformed += 1
        self._has_cursor = bool(cursor)

    def behind(self, newest: Mapping[bytes, int]) -> int:
        """Return the number of ticks that are missing until every symbol is at its `newest` q.

        For a symbol that this client never saw, only the newest tick counts: its first `q` is unknown.
        """
        last = self._last
        return sum(max(0, q - last.get(symbol, q - 1)) for symbol, q in newest.items())

    def _hello(self, resumed: str) -> None:
        self.findings.resumed[resumed] += 1
        # "live" is right only for a client without a cursor; for any other client it hides a jump.
        if resumed == "reset" or (resumed == "live" and not self._has_cursor):
            self._allow_jump()

    def _allow_jump(self) -> None:
        self._jump_announced, self._snapshot_seen = True, False
        if self._bars is not None:
            self._bars.on_jump()

    def _tick(self, data: bytes) -> None:
        symbol, q = symbol_and_q(data)
        self.findings.ticks += 1
        if self._bars is not None:
            self._bars.on_tick(symbol.decode("ascii"), q, data)
        if self._snapshot_seen:
            self._jump_announced = self._snapshot_seen = False
        last = self._last.get(symbol)
        if last is None or q > last:
            self._last[symbol] = q
            if self._every and last is not None and q != last + 1:
                self.findings.lost += q - last - 1
                self._miss(symbol, last + 1, q)
        elif q in self._missing.get(symbol, ()):
            # The tick counted as lost when its successor came, but it was only late.
            self._missing[symbol].remove(q)
            self.findings.lost -= 1
            self.findings.out_of_order += 1
        elif q == last or self._every:
            self.findings.repeated += 1
        else:
            self.findings.out_of_order += 1

    def _miss(self, symbol: bytes, start: int, stop: int) -> None:
        missing = self._missing.setdefault(symbol, set())
        missing.update(range(start, min(stop, start + MAX_MISSING - len(missing))))

    def _snapshot(self, data: bytes) -> None:
        self.findings.snapshots += 1
        self._snapshot_seen = True
        for tick in split_snapshot(data):
            symbol, q = symbol_and_q(tick)
            if self._bars is not None:
                self._bars.on_tick(symbol.decode("ascii"), q, tick)
            last = self._last.get(symbol, q)
            if q < last:
                self.findings.out_of_order += 1
                continue
            self._last[symbol] = q
            # The snapshot brings q itself; the ticks between `last` and `q` never came.
            if self._every and self._jump_announced:
                self.findings.told += max(0, q - last - 1)
            elif self._every:
                self.findings.lost += max(0, q - last - 1)
