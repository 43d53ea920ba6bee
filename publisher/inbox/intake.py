"""What becomes of each entry of the inbox of one partition: taken, refused, or recognised as repeated."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from tickcast.publisher.inbox.producers import Producers
from tickcast.publisher.inbox.step import Counts, InboxStep
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.validation import Validator
from tickcast.runtime.rejects import Rejects
from tickcast.wire.bounds import MAX_PRODUCER_LENGTH, MAX_REJECTS, MAX_SYMBOLS
from tickcast.wire.inbox import LINES, Entry, Fault, counted, decode_entry
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Notice, Retired
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick

TOO_LARGE = b"\0bytes"
"""Field of an entry that was not read because of its size, which is the value."""

KEPT_LINE = 500
"""Characters of a refused line that are kept."""

KEPT_REASON = 300
"""Characters of its reason."""

FUTURE = 3_600_000_000
"""µs that the id of an entry may be ahead of the clock; later ones were written by hand and tell no time."""

_LOGGED = 10
"""Refused lines that are logged, at most; later ones are only counted."""


@dataclass(slots=True)
class Taken:
    """What a number of entries hold for the pipeline, and the step that records them."""

    step: InboxStep
    ticks: list[Tick] = field(default_factory=list)
    instruments: list[Instrument] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    src: str | None = None
    """Where the ticks come from, as `Sequencer.mark_invented` takes it; None: as those before."""
    is_recorded: bool = True
    """Whether the step is recorded with what was taken; else with what is taken later."""
    gap: str = ""
    """Why ticks are missing before what was taken; empty: none are."""

    @property
    def must_end(self) -> bool:
        """True if no more entries may be added: what is said of symbols comes after all ticks of a batch."""
        return bool(self.notices) or len(self.step.rejects) >= MAX_REJECTS


class Intake:
    """Checks the entries of one partition, in order."""

    def __init__(
        self,
        partition: int,
        partitions: int,
        producers: Producers,
        sequencer: Sequencer,
        validator: Validator,
    ) -> None:
        self.producers = producers
        self.fixes = True
        """Whether prices are rounded to the tick sizes that producers give."""
        self.refused = 0
        """Lines refused so far."""
        self._partition = partition
        self._partitions = partitions
        self._sequencer = sequencer
        self._validator = validator
        self._rejects = Rejects("warning", _LOGGED)

    def take(self, entry_id: str, fields: Mapping[bytes, bytes], into: Taken) -> None:
        """Add what the entry holds to `into`, whose step then reaches to it."""
        ms, seq = map(int, entry_id.split("-"))
        own_time, now = ms * 1000, time.time_ns() // 1000
        if TOO_LARGE in fields:
            entry = Entry(faults=[Fault(b"", f"an entry of {int(fields[TOO_LARGE])} bytes is not read")])
        else:
            entry = decode_entry(fields, own_time if own_time <= now + FUTURE else now, self._validator.case)
        step, counts = into.step, Counts()
        step.position = entry_id
        for each, size in self.freed(fields).items():
            step.freed[each] = step.freed.get(each, 0) + size
        if self.producers.has_taken(entry.by, entry.number):
            counts.repeated = 1
        else:
            self._check(entry, into, counts)
            for fault in entry.faults:
                self._refuse(entry_id, entry.by, fault, step)
            counts.refused = len(entry.faults)
        self.producers.record(step, entry.by, entry.number, (ms, seq), counts)

    def freed(self, fields: Mapping[bytes, bytes]) -> dict[bytes, int]:
        """Return what the hash `held` gets back for an entry: field -> bytes."""
        size = counted(fields)
        return dict.fromkeys((b"all", b"by " + fields.get(b"by", b"")), size) if size else {}

    def refuse(self, entry_id: str, fields: Mapping[bytes, bytes], reason: str, into: Taken) -> None:
        """Refuse an entry as a whole, for a reason of the caller's."""
        into.step.position, into.step.freed = entry_id, self.freed(fields)
        by = fields.get(b"by", b"").decode("utf-8", "replace")[:MAX_PRODUCER_LENGTH]
        first = next((value for name, value in fields.items() if name in LINES), b"")
        self._refuse(entry_id, by, Fault(first, reason), into.step)

    def _check(self, entry: Entry, into: Taken, counts: Counts) -> None:
        """Take the lines that may be published; the others become faults."""
        faults, refused = entry.faults, len(entry.faults)
        for description, line in entry.descriptions:
            if reason := self._foreign(description.symbol) or self._surplus(description.symbol):
                faults.append(Fault(line, reason))
                continue
            instrument = self._sequencer.describe(description, fixed=self.fixes)
            if instrument.fixed:
                self._validator.describe(instrument)
            into.instruments.append(instrument)
        for tick, line in entry.ticks:
            try:
                checked = self._validator.fit(tick)
            except (ValueError, ArithmeticError) as error:
                faults.append(Fault(line, str(error)))
                continue
            if reason := self._foreign(tick.symbol) or self._surplus(tick.symbol):
                faults.append(Fault(line, reason))
            else:
                into.ticks.append(checked)
        for state, line in entry.states:
            if reason := self._foreign(state.symbol) or self._unknown(state.symbol):
                faults.append(Fault(line, reason))
            else:
                into.notices.append(state)
        for symbol, line in entry.retired:
            if reason := self._foreign(symbol):
                faults.append(Fault(line, reason))
            else:
                self._validator.forget(symbol)
                into.notices.append(Retired(symbol, "producer"))
        lines = len(entry.descriptions) + len(entry.ticks) + len(entry.states) + len(entry.retired)
        counts.taken = lines - (len(faults) - refused)

    def _foreign(self, symbol: str) -> str:
        """Return why a symbol does not belong here; empty if it does."""
        place = partition_of(symbol.encode("ascii"), self._partitions)
        if place == self._partition:
            return ""
        return f"{symbol} belongs to partition {place} of {self._partitions}, this is {self._partition}"

    def _unknown(self, symbol: str) -> str:
        """Return why nothing can be said of a symbol; empty if it can."""
        if not self._sequencer.knows(symbol):
            return f"{symbol} has no tick and no instrument yet"
        return self._surplus(symbol)

    def _surplus(self, symbol: str) -> str:
        """Return why there is no room for a symbol; empty if there is, and then it counts."""
        if self._sequencer.admit(symbol):
            return ""
        return f"{symbol} is one too many: a feed has at most {MAX_SYMBOLS} symbols"

    def _refuse(self, entry_id: str, by: str, fault: Fault, step: InboxStep) -> None:
        self.refused += 1
        line = fault.line.decode("utf-8", "replace")[:KEPT_LINE]
        reason = fault.reason[:KEPT_REASON]
        told = {"t": time.time_ns() // 1000, "id": entry_id, "by": by, "line": line, "reason": reason}
        step.rejects.append(orjson.dumps(told))
        self._rejects.add("refused a line of the inbox", producer=by, reason=reason, line=line[:80])
