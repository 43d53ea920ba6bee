"""From the named fields of a line to what a source yields, for formats with the field names of the wire."""

from typing import Any

from tickcast.publisher.source import Retire, SourceItem, State
from tickcast.publisher.sources.times import Times
from tickcast.publisher.spellings import Spellings
from tickcast.wire.fields import FieldError
from tickcast.wire.inbox import FIELDS, Description, description_from, state_from
from tickcast.wire.symbol import Case, parse_symbol
from tickcast.wire.tick import Tick, TickError, check_numbers, tick_from

DESCRIBING = frozenset(FIELDS[1:])
"""Names of fields that describe a symbol."""


class FieldReader:
    """Makes ticks, and what is said of symbols, from fields.

    The time is in the unit of the input, the symbol in the case of the source.
    """

    def __init__(self, times: Times | None = None, case: Case = "upper") -> None:
        self.times = times or Times()
        self.case: Case = case
        """What the feed does with lower-case letters in symbols."""
        self.spellings = Spellings()

    def items(self, fields: dict[str, Any]) -> list[SourceItem]:
        """Return what a line's fields hold, which it may change: a tick, or what a line without `p` says
        of a symbol. Raises TickError.
        """
        if "p" in fields or not (fields.keys() & DESCRIBING or "state" in fields or "retire" in fields):
            return [self.tick(fields)]
        found: list[SourceItem] = []
        if fields.keys() & DESCRIBING:
            found.append(self.description(fields))
        try:
            if "state" in fields:
                symbol, state, _ = state_from(fields, 0, self.case)
                found.append(State(symbol, state))
            if "retire" in fields:
                found.append(self._retired(fields))
        except FieldError as error:
            raise TickError(str(error)) from None
        return found

    def description(self, fields: dict[str, Any]) -> Description:
        """Return what fields say of a symbol. Raises TickError."""
        try:
            found = description_from(fields, self.case)
        except FieldError as error:
            raise TickError(str(error)) from None
        self.spellings.note(fields["S"], found.symbol)
        return found

    def tick(self, fields: dict[str, Any]) -> Tick:
        """Return the tick of a line's fields, which it may change. Raises TickError."""
        if isinstance(text := fields.get("t"), str):
            time = self.times.read(text, self.times.unit)
            if time is not None:
                fields["t"] = str(time)
        tick = check_numbers(tick_from(fields, self.case))
        self.spellings.note(fields["S"], tick.symbol)
        return tick

    def _retired(self, fields: dict[str, Any]) -> Retire:
        if fields["retire"] is not True:
            raise TickError("retire: may only be true")
        symbol = fields.get("S")
        if not isinstance(symbol, str):
            raise TickError("S: a symbol is needed, a text")
        try:
            return Retire(parse_symbol(symbol, self.case))
        except ValueError as error:
            raise TickError(f"S: {error}") from None
