"""The judge: what clients saw against what Redis accepted. Pure.

A client at interval 0 has every tick once and in order, or was sent a gap or a reset that covers what it
lacks. A conflated one never goes back. All end on the newest tick. Ticks belong to the last epoch that was
sent, and `q` counts up within it; of a gateway that sends no `epoch` a gap or a reset begins another one.
"""

from typing import Any, NamedTuple

from tests.faults.referee import bars, liveness
from tests.faults.referee.ledger import Ledger
from tests.faults.referee.pace import Pace
from tests.faults.referee.trace import (
    CLOSED,
    CONNECTION,
    ENDED,
    LEFT,
    MALFORMED,
    Event,
    Opening,
    Plan,
    Tick,
    Trace,
)
from tests.faults.referee.verdict import REASONS, Facts, Fault, Verdict


class _Seen(NamedTuple):
    """Where a client is with one symbol."""

    place: int
    q: int
    era: str


_Standing = tuple[dict[str, _Seen], dict[str, set[int]], str, dict[str, int]]


class Stream:
    """Follows the events of one client."""

    def __init__(self, trace: Trace, ledger: Ledger, facts: Facts, verdict: Verdict) -> None:
        self.symbols: set[str] = set()
        """Its list, as the stream has confirmed it."""
        self.seen: dict[str, _Seen] = {}
        self._trace, self._ledger, self._facts, self._verdict = trace, ledger, facts, verdict
        self._plan: Plan = trace.plan
        self._missing: dict[str, set[int]] = {}
        self._twice: set[Tick] = set()
        """What this client has of the ticks that were accepted twice."""
        self._era = ""
        """The epoch that was sent last, or a number of our own."""
        self._told = 0
        self._opening = Opening("", ())
        self._said = ""
        """What the stream said last of what is missing."""
        self._jump = False
        """The snapshot that comes may skip ticks: a gap, a reset or a first hello was sent."""
        self._shown = False
        """A part of that snapshot has come."""
        self._owed = ""
        """What was sent that a snapshot must follow; empty: none is owed."""
        self._told_at: dict[str, int] = {}
        """When the client was sent how each symbol stands now: by a snapshot behind a gap or reset, or a
        new epoch, whose snapshot is whole: what it lacks has no value."""
        self._added: set[str] = set()
        self._pace = Pace(self._plan.interval)
        self._again: set[str] = set()
        """Symbols of a conflated stream whose newest tick may come twice, since it was cut in a frame."""
        marks = (each.data.back_to for each in trace.events if each.kind == CONNECTION)
        self._marks: dict[int, _Standing | None] = {mark: None for mark in marks if mark is not None}

    def judge(self) -> None:
        """Look at everything, in order."""
        for index, event in enumerate(self._trace.events):
            self._on(event)
            if index in self._marks:
                missing = {symbol: set(places) for symbol, places in self._missing.items()}
                self._marks[index] = (dict(self.seen), missing, self._era, dict(self._told_at))
        if self._facts.complete:
            self._end()

    def _on(self, event: Event) -> None:
        if event.kind == "tick":
            self._ticks([event.data], event.at)
        elif event.kind == "ticks":
            self._ticks(event.data, event.at)
        elif event.kind == "snapshot":
            self._snapshot(event)
        elif event.kind == CONNECTION:
            self._open(event.data)
            self._pace.begin(event.at)
        elif event.kind == "patch":
            self._pace.begin(event.at)
        elif event.kind == "hello":
            self._hello(event)
        elif event.kind == "gap":
            self._gap(event)
        elif event.kind == "symbols":
            self._change(event.data)
        elif event.kind == CLOSED:
            whole = self._facts.broken or self._plan.pace != "fast"
            if not whole and event.data not in (LEFT, ENDED):
                self._fault("broken stream", event.at, str(event.data))
        elif event.kind == MALFORMED:
            self._fault("malformed", event.at, str(event.data))

    def _fault(self, kind: str, at: int, detail: str) -> None:
        self._verdict.faults.append(Fault(kind, self._plan.name, at, detail))

    def _open(self, opening: Opening) -> None:
        self._opening, self.symbols = opening, set(opening.symbols)
        self._jump = self._shown = False
        self._owed, self._added = "", set()
        saved = None if opening.back_to is None else self._marks.get(opening.back_to)
        if saved is None:
            self.seen, self._missing, self._told_at = {}, {}, {}
        else:
            seen, missing, self._era, told_at = saved
            self._told_at = dict(told_at)
            self.seen = {symbol: each for symbol, each in seen.items() if symbol in self.symbols}
            self._missing = {symbol: set(places) for symbol, places in missing.items()}
        self._again = set(self.seen)

    def _hello(self, event: Event) -> None:
        resumed, cursor = str(event.data.get("resumed")), self._opening.cursor
        self._verdict.resumed[resumed] += 1
        self._said = f"hello ({resumed}) of {event.data.get('gateway')} to {cursor} cursor"
        if resumed not in ("new", "live", "replayed", "reset") or (resumed == "new") != (cursor == "none"):
            self._fault("malformed", event.at, f"resumed {resumed}")
        if event.data.get("interval", self._plan.interval) != self._plan.interval:
            self._fault("malformed", event.at, f"interval {event.data['interval']}")
        if cursor == "forged" and resumed != "reset":
            self._fault("forged cursor believed", event.at, resumed)
        if resumed == "reset" or cursor in ("none", "forged"):
            self._tell(f"hello ({resumed})", event)
        self._era = str(event.data.get("epoch", self._era))

    def _tell(self, what: str, event: Event) -> None:
        self._jump, self._shown, self._owed = True, False, what
        self._told += 1
        before, self._era = self._era, str(event.data.get("epoch", f"after {self._told} gaps"))
        if self._era != before:
            self._told_at = dict.fromkeys(self.symbols, event.at)

    def _gap(self, event: Event) -> None:
        reason = str(event.data.get("reason"))
        self._verdict.gaps[reason] += 1
        self._said = f"gap ({reason})"
        if reason not in REASONS:
            self._fault("wrong gap", event.at, f"reason {reason}")
        elif reason == "slow" and self._plan.interval and not self._plan.bars:
            self._fault("wrong gap", event.at, "slow, to a conflated stream without bars")
        elif self._plan.pace == "fast" and reason not in self._facts.gaps:
            self._fault("wrong gap", event.at, f"{reason}, where nothing of that kind has happened")
        self._tell(f"gap ({reason})", event)

    def _change(self, data: dict[str, Any]) -> None:
        added, dropped = set(data.get("added", ())), set(data.get("dropped", ()))
        self.symbols = (self.symbols - dropped) | added
        for symbol in dropped - self.symbols:
            self.seen.pop(symbol, None)
            self._missing.pop(symbol, None)
        self._added |= added
        self._pace.clear()
        if added:
            self._owed = self._owed or "symbols (added)"

    def _snapshot(self, event: Event) -> None:
        self._shown, self._owed = True, ""
        for tick in event.data:
            self._take(tick, event.at, snapshot=True)
        self._added -= {tick.symbol for tick in event.data}

    def _ticks(self, ticks: list[Tick], at: int) -> None:
        if self._owed:
            self._fault("wrong gap", at, f"{self._owed}, and no snapshot behind it")
            self._owed = ""
        if self._shown:
            self._jump = self._shown = False
        self._verdict.delivered += len(ticks)
        for tick in ticks:
            self._take(tick, at, snapshot=False)
            if self._plan.interval:
                self._count(tick.symbol, at)

    def _count(self, symbol: str, at: int) -> None:
        seen = self.seen.get(symbol)
        accepted = self._ledger.ticks[symbol][seen.place].at if seen else 0
        if wrong := self._pace.too_often(symbol, at, accepted):
            self._fault("too often", at, wrong)

    def _take(self, tick: Tick, at: int, snapshot: bool) -> None:
        symbol, where = tick.symbol, f"{tick.symbol} q {tick.q}"
        if symbol not in self.symbols:
            self._fault("unasked", at, where)
            return
        before = self.seen.get(symbol)
        if snapshot and self._jump:
            self._told_at[symbol] = at
        place = self._ledger.place(tick, before and before.place, at)
        if place is None:
            # What the ledger itself may lack cannot be judged.
            if not self._ledger.holes:
                self._fault("never accepted", at, f"{tick}")
            return
        if tick in self._ledger.twice:
            self._twice.add(tick)
        again = symbol in self._again
        self._again.discard(symbol)
        if before is None or place > before.place:
            self.seen[symbol] = _Seen(place, tick.q, self._era)
            if before is not None:
                self._forward(before, tick, place, at, snapshot)
        elif place in self._missing.get(symbol, ()):
            self._missing[symbol].discard(place)
            self._verdict.lost -= 1
            self._fault("reorder", at, f"{where} came behind {before.q}")
        elif place < before.place:
            where += " in a snapshot" * snapshot
            self._fault("back", at, f"{where} came after {before.q}, behind {self._said}")
        elif not snapshot and not (again and self._plan.interval):
            self._verdict.repeated += 1
            self._fault("repeat", at, where)

    def _forward(self, before: _Seen, tick: Tick, place: int, at: int, snapshot: bool) -> None:
        symbol = tick.symbol
        if tick.q <= before.q and before.era == self._era:
            detail = f"{symbol} q {tick.q} after {before.q}, behind {self._said}"
            self._fault("untold restart", at, detail)
        between = self._lacks(symbol, before.place, place)
        if self._plan.interval or not between:
            return
        if snapshot and (self._jump or symbol in self._added):
            self._verdict.covered += len(between)
            return
        between = [each for each in between if not self._elsewhere(symbol, each, place)]
        if not between:
            return
        self._verdict.lost += len(between)
        self._missing.setdefault(symbol, set()).update(between)
        where = f"between q {before.q} and {tick.q}, behind {self._said}"
        line = self._ledger.ticks[symbol]
        if (old := line[between[-1]]).epoch != (new := line[place].epoch):
            told, began = self._told_at.get(symbol, 0), self._ledger.began[new]
            where += (
                f"; told {(told - old.at) / 1e6:+.3f} s after it, {(told - began) / 1e6:+.3f} s into {new}"
            )
        self._fault("lost", at, f"{symbol} {len(between)} ticks {where}")

    def _elsewhere(self, symbol: str, lacking: int, place: int) -> bool:
        """Tell whether a tick belongs to a history that this one has left, and the client was sent a gap.

        A server that was left may take ticks for a while: the gap into the new epoch covers those, too.
        """
        line, told = self._ledger.ticks[symbol], self._told_at.get(symbol, 0)
        old, new = line[lacking].epoch, line[place].epoch
        if found := old != new and (line[lacking].at <= told or self._ledger.began[new] <= told):
            self._verdict.covered += 1
        return found

    def _lacks(self, symbol: str, after: int, before: int | None = None) -> list[int]:
        line = self._ledger.ticks.get(symbol, [])
        return [
            each for each in self._ledger.between(symbol, after, before) if line[each].tick not in self._twice
        ]

    def _end(self) -> None:
        at = self._trace.events[-1].at if self._trace.events else 0
        behind = []
        for symbol in sorted(self.symbols):
            seen = self.seen.get(symbol)
            if lacks := self._lacks(symbol, seen.place if seen else -1):
                behind.append(f"{symbol} {len(lacks)}")
        if behind:
            self._fault("not on the newest", at, "ticks behind: " + ", ".join(behind[:6]))


def judge(traces: list[Trace], ledger: Ledger, facts: Facts | None = None) -> Verdict:
    """Return what is to be said of a run; `ledger` is closed."""
    facts, verdict = facts or Facts(), Verdict(accepted=ledger.accepted)
    verdict.faults += [Fault("publisher", "ledger", 0, text) for text in ledger.wrong[:20]]
    bar_check = bars.BarCheck(ledger, facts.holes)
    for trace in traces:
        Stream(trace, ledger, facts, verdict).judge()
        for at, kind, detail in bar_check.judge(trace):
            verdict.faults.append(Fault(kind, trace.plan.name, at, detail))
        found = liveness.judge(trace, ledger)
        verdict.stale = max(verdict.stale, found.stale)
        if found.stale > facts.stale + facts.stall:
            detail = f"{found.stale / 1e6:.2f} s, {found.what}"
            verdict.faults.append(Fault("believed live", trace.plan.name, found.at, detail))
        ages = verdict.ages.setdefault(trace.plan.encoding, liveness.Ages())
        ages.add(found.ages)
        if found.ages.longest > facts.age + facts.stall:
            detail = f"{found.ages.longest / 1e6:.2f} s from Redis to here, {found.ages.what}"
            verdict.faults.append(Fault("late", trace.plan.name, found.ages.at, detail))
    verdict.bars = bar_check.checked
    return verdict
