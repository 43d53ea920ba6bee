"""Checks the stream of one client: every `q` must follow the previous `q`, or be announced as missing.

Pure: events in, counts out. At interval 0 the rule is exact (q + 1); at other intervals q only has to grow.
Only a snapshot may jump, and only after a `gap`, a reset, or a first `hello`. It may go back only after a
reset or a `gap` of the feed. With another epoch of the feed, q begins again.
"""

from collections import Counter
from dataclasses import dataclass, field

import orjson

from tickcast.cli.ticks import TicksError, split_snapshot, symbol_and_q
from tickcast.cli.verify.bar_check import BarCheck, BarFindings
from tickcast.cli.verify.newest import Newest
from tickcast.client.sse import Event

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
        self.epoch = ""
        """Epoch of the feed that the newest ticks belong to; empty: the server names none."""
        if bars is not None:
            self.findings.bars = bars.findings
        self._bars = bars
        self._every = interval == 0
        self._last: dict[bytes, int] = {}
        self._missing: dict[bytes, set[int]] = {}
        self._has_cursor = False
        self._jump_announced = False
        self._may_go_back = False
        self._snapshot_seen = False
        self._set_backs = 0
        """Times that `q` may have gone back within the epoch."""
        self._enter("")

    def on_event(self, event: Event) -> None:
        """Check the next event of the stream."""
        kind, data, cursor = event
        try:
            if kind == b"tick":
                self._tick(data)
            elif kind == b"snapshot":
                self._snapshot(data)
            elif kind == b"gap":
                self._gap(**_facts(data, "reason"))
            elif kind == b"retired":
                self._retired([str(symbol).encode("ascii") for symbol in orjson.loads(data)["S"]])
            elif kind == b"hello":
                self._hello(**_facts(data, "resumed"))
            elif kind == b"bar" and self._bars is not None:
                self._bars.on_bar(data)
        except (TicksError, ValueError, KeyError, TypeError):
            self.findings.malformed += 1
        self._has_cursor = bool(cursor)

    def behind(self, newest: Newest) -> int:
        """Return the number of ticks that are missing until every symbol is at its `newest` q.

        For a symbol that this client never saw, only the newest tick counts: its first `q` is unknown. If
        `newest` is of another epoch, this client has seen no symbol of it.
        """
        last = {} if self.is_of_another(newest.epoch) else self._last
        return sum(max(0, q - last.get(symbol, q - 1)) for symbol, q in newest.sequences.items())

    def is_of_another(self, epoch: str) -> bool:
        """Tell whether the newest ticks belong to another epoch; an unknown epoch is no other."""
        return bool(epoch) and bool(self.epoch) and epoch != self.epoch

    def _gap(self, reason: str, epoch: str) -> None:
        self.findings.gaps[reason] += 1
        self._allow_jump(may_go_back=reason == "feed")
        self._enter(epoch)

    def _retired(self, symbols: list[bytes]) -> None:
        """Forget symbols that have left: if they return, they count from 1."""
        for symbol in symbols:
            self._last.pop(symbol, None)
            self._missing.pop(symbol, None)
        if self._bars is not None:
            self._set_backs += 1
            self._bars.on_jump()
            self._bars.on_run(f"{self.epoch} {self._set_backs}")

    def _hello(self, resumed: str, epoch: str) -> None:
        self.findings.resumed[resumed] += 1
        # "new" is right only for a client without a cursor; for any other client it hides a jump. Older
        # servers say "live" instead.
        if resumed == "reset" or (resumed in ("new", "live") and not self._has_cursor):
            self._allow_jump(may_go_back=resumed == "reset")
        elif self.is_of_another(epoch):
            # No cursor of one epoch can be resumed in another.
            self.findings.malformed += 1
        self._enter(epoch)

    def _enter(self, epoch: str) -> None:
        """Go over to the epoch of the ticks that follow; a snapshot of everything comes first."""
        if self.is_of_another(epoch):
            self._last.clear()
            self._missing.clear()
            self._set_backs = 0
        self.epoch = epoch or self.epoch
        if self._bars is not None:
            self._bars.on_run(f"{self.epoch} {self._set_backs}")

    def _allow_jump(self, may_go_back: bool) -> None:
        self._jump_announced, self._snapshot_seen = True, False
        self._may_go_back = may_go_back
        self._set_backs += may_go_back
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
            if q < last and not (self._jump_announced and self._may_go_back):
                self.findings.out_of_order += 1
                continue
            if q < last:
                self._missing.pop(symbol, None)
            self._last[symbol] = q
            # The snapshot brings q itself; the ticks between `last` and `q` never came.
            if self._every and self._jump_announced:
                self.findings.told += max(0, q - last - 1)
            elif self._every:
                self.findings.lost += max(0, q - last - 1)


def _facts(data: bytes, name: str) -> dict[str, str]:
    """Return a member of an event by its name, and `epoch`, which older servers leave out."""
    body = orjson.loads(data)
    return {name: str(body[name]), "epoch": str(body.get("epoch", ""))}
