"""CSV of ticks: a header row with the field names of a tick's JSON, then one tick a row.

Other columns may describe its symbol.
"""

import csv
from collections.abc import Iterator

from tickcast.publisher.source import SourceItem
from tickcast.publisher.sources.fields import DESCRIBING, FieldReader
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.tick import TickError

_NEEDED = {"S", "t", "p"}
_LONG = {"currency": "ccy", "reference": "ref"}


class Table:
    """Reads ticks from the rows of one table. Columns may have any order; an empty cell is no field."""

    def __init__(self, header: bytes, reader: FieldReader | None = None) -> None:
        self._names = [_LONG.get(name, name) for name in _cells(header)]
        self._describing = DESCRIBING & {*self._names}
        self._said: dict[str, dict[str, str]] = {}
        """What the newest row of each symbol that describes it says; of MAX_SYMBOLS at most."""
        self._reader = reader or FieldReader()
        self.unit = self._reader.times.unit

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Return True if `line` is the header row of a table."""
        try:
            return set(_cells(line)) >= _NEEDED
        except TickError:
            return False

    def items(self, line: bytes) -> Iterator[SourceItem]:
        """Yield the tick of a row, and before it a description that is new.

        Raises TickError; for a bad description after the tick, and once.
        """
        cells = _cells(line)
        if len(cells) != len(self._names):
            raise TickError(f"{len(cells)} cells under a header of {len(self._names)}")
        fields = {name: cell for name, cell in zip(self._names, cells, strict=True) if cell}
        said = {name: fields[name] for name in self._describing & fields.keys()}
        tick = self._reader.tick(fields)
        fault = None
        if said and said != self._said.get(tick.symbol):
            if len(self._said) < MAX_SYMBOLS or tick.symbol in self._said:
                self._said[tick.symbol] = said
            try:
                yield self._reader.description({"S": fields["S"], **said})
            except TickError as error:
                fault = error
        yield tick
        if fault is not None:
            raise fault


def _cells(line: bytes) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.decode("utf-8-sig")], strict=True), [])]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TickError(f"not CSV: {error}") from None
