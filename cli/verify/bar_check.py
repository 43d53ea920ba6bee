"""Checks the bars that one client receives against the ticks that the same client received.

Pure: bars and ticks in, counts out. A bar is final when a bar of another time has followed it. A final bar
must begin where the bar before it ended (`q - n`), and must agree with its ticks.
"""

from collections import Counter
from dataclasses import dataclass, field

from tickcast.cli.verify.tick_history import TickHistory
from tickcast.wire.bar import Bar, BarError, decode_bar


@dataclass
class BarFindings:
    """The findings of a bar check; for many clients, their sum."""

    seen: int = 0
    """`bar` events."""
    checked: int = 0
    """Final bars that were compared with their ticks."""
    partial: int = 0
    """Final bars of which the client lacks ticks: the first bar of a symbol, and bars at an announced gap."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Faults, by their description."""

    def add(self, other: "BarFindings") -> None:
        """Add the findings of another client."""
        self.seen += other.seen
        self.checked += other.checked
        self.partial += other.partial
        self.wrong += other.wrong


@dataclass(slots=True)
class _Symbol:
    """The state of one symbol at one client."""

    first: int
    """`q` at which the newest unbroken run of ticks began."""
    last: int
    held: Bar | None = None
    """The newest bar."""
    jumps: int = 0
    """Jumps announced before that bar came."""


class BarCheck:
    """Checks the bars of one interval in the events of one client, over all its connections."""

    def __init__(self, interval: str, history: TickHistory) -> None:
        """`interval` as in `wire.bar.INTERVALS`; `history` is shared by all clients."""
        self.findings = BarFindings()
        self._interval = interval
        self._history = history
        self._symbols: dict[str, _Symbol] = {}
        self._jumps = 0
        self._run = ""
        """The run of the feed in which a `q` names one tick; another one when `q` may have gone back."""

    def on_tick(self, symbol: str, q: int, json: bytes) -> None:
        """Process a tick of a `tick` event or a snapshot. Raises TickError."""
        self._history.add(self._run, symbol, q, json)
        known = self._symbols.get(symbol)
        if known is None:
            self._symbols[symbol] = _Symbol(q, q)
        elif q == known.last + 1:
            known.last = q
        elif q != known.last:
            known.first = known.last = q

    def on_jump(self) -> None:
        """Count an announced jump: the stream has announced missing events, and bars may be among them."""
        self._jumps += 1

    def on_run(self, run: str) -> None:
        """Begin again if the snapshot that follows is of another run of the feed."""
        if run != self._run:
            self._run = run
            self._symbols.clear()

    def on_bar(self, json: bytes) -> None:
        """Process the data of a `bar` event. Raises BarError."""
        bar = decode_bar(json)
        if bar.interval != self._interval:
            raise BarError(f"i: {bar.interval}; the stream asked for {self._interval}")
        self.findings.seen += 1
        known = self._symbols.get(bar.symbol)
        if known is None or bar.q > known.last:
            self._fault("a bar came before its ticks")
            return
        held, jumps = known.held, known.jumps
        known.held, known.jumps = bar, self._jumps
        if held is None:
            return
        if jumps != self._jumps and bar.q != held.q:
            # The bars in between are among the events that the stream announced as missing.
            self.findings.partial += 1
        elif bar.q < held.q:
            self._fault("a bar went back")
        elif bar.start == held.start:
            if bar.q - bar.ticks != held.q - held.ticks:
                self._fault("a bar changed its first tick")
        else:
            self._final(known, held)
            if bar.q - bar.ticks != held.q:
                self._fault("a bar does not begin where the bar before it ended")

    def _final(self, known: _Symbol, bar: Bar) -> None:
        # The tick before the bar's first tick is needed for the volume of that first tick.
        whole = known.first <= max(1, bar.q - bar.ticks)
        verdict = self._history.fault_in(self._run, bar) if whole else None
        if verdict is None:
            self.findings.partial += 1
            return
        self.findings.checked += 1
        if verdict:
            self._fault(verdict)

    def _fault(self, words: str) -> None:
        self.findings.wrong[words] += 1
