"""The check of the bars that one client receives, against the ticks that it received.

Pure: bars and ticks in, counts out. A bar is final when one of another time has followed it. Then it must
go on where the one before it ended (`q - n`), and be what its ticks make.
"""

from collections import Counter
from dataclasses import dataclass, field

from tickcast.cli.verify.tick_history import TickHistory
from tickcast.wire.bar import Bar, BarError, decode_bar


@dataclass
class BarFindings:
    """What a check of bars found; of many clients, the sum."""

    seen: int = 0
    """`bar` events."""
    checked: int = 0
    """Final bars that were compared with their ticks."""
    partial: int = 0
    """Final bars of which this client has not every tick: each symbol's first, and those at a told gap."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Faults, by what is wrong."""

    def add(self, other: "BarFindings") -> None:
        """Add those of another client."""
        self.seen += other.seen
        self.checked += other.checked
        self.partial += other.partial
        self.wrong += other.wrong


@dataclass(slots=True)
class _Symbol:
    """What one client has of a symbol."""

    first: int
    """`q` of the first of the newest unbroken ticks."""
    last: int
    held: Bar | None = None
    """The newest bar."""
    jumps: int = 0
    """Jumps that had been told when the bar came."""


class BarCheck:
    """Checks the bars of one interval in the events of one client, over all its connections."""

    def __init__(self, interval: str, history: TickHistory) -> None:
        """`interval` as in `wire.bar.INTERVALS`; `tape` is shared by all clients."""
        self.findings = BarFindings()
        self._interval = interval
        self._history = history
        self._symbols: dict[str, _Symbol] = {}
        self._jumps = 0

    def on_tick(self, symbol: str, q: int, json: bytes) -> None:
        """Take a tick, of a `tick` event or a snapshot. Raises TickError."""
        self._history.add(symbol, q, json)
        known = self._symbols.get(symbol)
        if known is None:
            self._symbols[symbol] = _Symbol(q, q)
        elif q == known.last + 1:
            known.last = q
        elif q != known.last:
            known.first = known.last = q

    def on_jump(self) -> None:
        """Take note that the stream has told of missing events: bars may be among them."""
        self._jumps += 1

    def on_bar(self, json: bytes) -> None:
        """Take the data of a `bar` event. Raises BarError."""
        bar = decode_bar(json)
        if bar.interval != self._interval:
            raise BarError(f"i: {bar.interval}; asked was {self._interval}")
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
            # The states between are among what the stream has told to be missing.
            self.findings.partial += 1
        elif bar.q < held.q:
            self._fault("a bar went back")
        elif bar.start == held.start:
            if bar.q - bar.ticks != held.q - held.ticks:
                self._fault("a bar begins elsewhere than before")
        else:
            self._final(known, held)
            if bar.q - bar.ticks != held.q:
                self._fault("a bar does not go on where the one before ended")

    def _final(self, known: _Symbol, bar: Bar) -> None:
        # The tick before its first one tells what was traded in that.
        whole = known.first <= max(1, bar.q - bar.ticks)
        verdict = self._history.fault_in(bar) if whole else None
        if verdict is None:
            self.findings.partial += 1
            return
        self.findings.checked += 1
        if verdict:
            self._fault(verdict)

    def _fault(self, words: str) -> None:
        self.findings.wrong[words] += 1
