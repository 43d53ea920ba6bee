"""Whether what a client printed has untold holes or repeats, or came late. Pure.

Order alone is not enough: a client that unpacks what it reads in pieces has every `q` in order, minutes late.
So the arrival of each tick is compared with its `t`, on the one clock of the machine.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

LATE = 1_000_000
"""Age of a tick, in µs, that is too much."""

ARRAY = 48 * 1024
"""Bytes of an array, at most."""


class Line(NamedTuple):
    """A line that a client printed: an event of the stream, or `error` or `end` with the reason."""

    at: int
    """When the client had it, µs since the epoch."""
    event: str
    data: Any
    size: int
    """Bytes of the data as it came."""


_PRINTED = re.compile(rb'\{"at":(\d+),"event":"(.*?)","data":(.*)\}')


def parse_line(text: bytes) -> Line:
    """Return a printed line; one whose data is no whole JSON has an event of another name."""
    printed = _PRINTED.fullmatch(text)
    assert printed is not None, text
    at, name, data = int(printed[1]), printed[2].decode(), printed[3]
    try:
        return Line(at, name, json.loads(data), len(data))
    except ValueError:
        return Line(at, f"{name}, not whole", data.decode("utf-8", "replace"), len(data))


class Finding(NamedTuple):
    """Something that must not be."""

    at: int
    what: str


class Judge:
    """Takes the lines of one client in order."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.told: list[Finding] = []
        """Holes that the client was told of: a gap, or a start without its cursor."""
        self.hellos: list[Line] = []
        self.errors: list[Line] = []
        self.byes: list[Line] = []
        self.empty = 0
        """Events without data, which are no events: a `retry:` alone makes some clients hand on one."""
        self.ended: Line | None = None
        """Why the client gave up."""
        self.held: dict[str, int] = {}
        """The newest `q` of each symbol."""
        self.ticks = 0
        self.since_hello = 0
        """Ticks since the newest `hello`."""
        self.snapshot_ticks = 0
        self._began = 0
        self._snapshot_due = False
        self._gap = False

    def take(self, lines: Iterable[Line]) -> None:
        """Look at the next lines."""
        for line in lines:
            self._take(line)

    def expect(self, hellos: int, ticks: int, snapshot_ticks: int | None = None) -> None:
        """Find what is not so many connections and ticks, and ticks in snapshots."""
        found = {"hellos": len(self.hellos), "ticks": self.ticks, "ticks in snapshots": self.snapshot_ticks}
        wanted = {"hellos": hellos, "ticks": ticks, "ticks in snapshots": snapshot_ticks}
        for what, count in wanted.items():
            if count is not None and found[what] != count:
                self.findings.append(Finding(0, f"{found[what]} {what} instead of {count}"))

    def behind(self, published: Mapping[str, int]) -> list[str]:
        """Return the symbols whose newest tick, by `published`, the client does not hold."""
        return [symbol for symbol, q in published.items() if self.held.get(symbol) != q]

    def _take(self, line: Line) -> None:
        if line.data is None:
            self.empty += 1
            return
        match line.event:
            case "hello":
                self._hello(line)
            case "snapshot":
                self._bounded(line)
                self._snapshot(line)
            case "tick":
                self._tick(line, line.data)
            case "ticks":
                self._bounded(line)
                for tick in line.data:
                    self._tick(line, tick)
            case "heartbeat":
                self._aged(line, line.data["t"], "a heartbeat")
            case "gap":
                self.told.append(Finding(line.at, f"a gap, {line.data['reason']}"))
                self._gap = True
            case "bye":
                self.byes.append(line)
            case "error":
                self.errors.append(line)
            case "end":
                self.ended = line
            case "status" | "bar" | "symbols":
                pass
            case other:
                self._find(line, f"an unknown event {other!r}")

    def _hello(self, line: Line) -> None:
        resumed = line.data["resumed"]
        self._began = line.data["t"]
        self._aged(line, self._began, "hello")
        if resumed in ("new", "reset"):
            if self.hellos:
                self.told.append(Finding(line.at, f"hello, {resumed}"))
            self.held.clear()
            self._snapshot_due = True
        self._gap = False
        self.since_hello = 0
        self.hellos.append(line)

    def _snapshot(self, line: Line) -> None:
        if self._snapshot_due:
            self._aged(line, self._began, "a snapshot")
        for tick in line.data:
            self.snapshot_ticks += 1
            symbol, q = tick["S"], tick["q"]
            held = self.held.get(symbol, 0)
            if q < held:
                self._find(line, f"{symbol} was set back from {held} to {q}")
            if q > held and not (self._snapshot_due or self._gap):
                self._find(line, f"a hole of {symbol}, {held} to {q}, in a snapshot that nothing announced")
            self.held[symbol] = q

    def _tick(self, line: Line, tick: dict[str, Any]) -> None:
        # More events of a snapshot or gap would have come before it.
        self._snapshot_due = self._gap = False
        self.ticks += 1
        self.since_hello += 1
        symbol, q = tick["S"], tick["q"]
        held = self.held.get(symbol, 0)
        if q <= held:
            self._find(line, f"a repeat of {symbol}: {q} after {held}")
        elif q > held + 1:
            self._find(line, f"a hole of {symbol}: {q} after {held}")
        self.held[symbol] = max(q, held)
        self._aged(line, tick["t"], f"tick {q} of {symbol}")

    def _aged(self, line: Line, t: int, what: str) -> None:
        # What was missed before this connection can only come after its begin.
        age = line.at - max(t, self._began)
        if age > LATE:
            self._find(line, f"{what} was {age / 1e6:.2f} s late")

    def _bounded(self, line: Line) -> None:
        if line.size > ARRAY:
            self._find(line, f"an array of {line.size} bytes")

    def _find(self, line: Line, what: str) -> None:
        if not self.hellos and line.event != "hello":
            what = f"before hello: {what}"
        self.findings.append(Finding(line.at, what))
