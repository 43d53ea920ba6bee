"""JSON lines of ticks: one object a line, with the field names of the wire. A `q` is ignored."""

from tickcast.wire.tick import Tick, decode_tick


class JsonLines:
    """Reads ticks from lines of JSON."""

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Return True if `line` can be a JSON object."""
        return line.startswith(b"{")

    def ticks(self, line: bytes) -> list[Tick]:
        """Return the tick of a line. Raises TickError."""
        return [decode_tick(line)[0]]
