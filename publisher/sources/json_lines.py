"""JSON lines of ticks: one object a line, with the field names of the wire. A `q` is ignored.

A line without `p` describes a symbol, gives it a state or retires it.
"""

from tickcast.publisher.source import SourceItem
from tickcast.publisher.sources.fields import FieldReader
from tickcast.wire.fields import FieldError, read_fields
from tickcast.wire.tick import TickError


class JsonLines:
    """Reads ticks from lines of JSON."""

    def __init__(self, reader: FieldReader) -> None:
        self._reader = reader
        self.unit = reader.times.unit

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Return True if `line` can be a JSON object."""
        return line.startswith(b"{")

    def items(self, line: bytes) -> list[SourceItem]:
        """Return what a line holds. Raises TickError."""
        try:
            fields = read_fields(line)
        except FieldError as error:
            raise TickError(str(error)) from None
        return self._reader.items(fields)
