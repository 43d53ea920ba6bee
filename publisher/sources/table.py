"""CSV of ticks: a header row with the field names of a tick's JSON, then one tick a row."""

import csv

from tickcast.wire.tick import Tick, TickError, tick_from

_NEEDED = {"S", "t", "p"}


class Table:
    """Reads ticks from the rows of one table. Columns may have any order; an empty cell is no field."""

    def __init__(self, header: bytes) -> None:
        self._names = _cells(header)

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Return True if `line` is the header row of a table."""
        try:
            return set(_cells(line)) >= _NEEDED
        except TickError:
            return False

    def ticks(self, line: bytes) -> list[Tick]:
        """Return the tick of a row. Raises TickError."""
        cells = _cells(line)
        if len(cells) != len(self._names):
            raise TickError(f"{len(cells)} cells under a header of {len(self._names)}")
        return [tick_from({name: cell for name, cell in zip(self._names, cells, strict=True) if cell})]


def _cells(line: bytes) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.decode("utf-8-sig")], strict=True), [])]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TickError(f"not CSV: {error}") from None
