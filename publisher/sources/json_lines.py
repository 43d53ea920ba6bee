"""JSON lines of ticks: one object a line, with the names of the wire; `q` may be there and is not used."""

from tickcast.wire.tick import Tick, decode_tick


class JsonLines:
    """Reads lines of JSON."""

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Tell whether `line` may be a JSON object."""
        return line.startswith(b"{")

    def ticks(self, line: bytes) -> list[Tick]:
        """Return the tick of a line. Raises TickError."""
        return [decode_tick(line)[0]]
