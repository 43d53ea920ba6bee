"""Reads ticks from the lines of an input. The first line that fits a format decides the format."""

from collections.abc import Iterable
from typing import Protocol

from tickcast.publisher.sources.capture import Capture
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.json_lines import JsonLines
from tickcast.publisher.sources.lines import MAX_LINE_LENGTH, Line
from tickcast.publisher.sources.table import Table
from tickcast.wire.tick import Tick, TickError

MAX_LIST = 1_000
"""Ticks that a source of lines yields in one list, at most."""


class Format(Protocol):
    """A format in which lines hold ticks."""

    def ticks(self, line: bytes) -> list[Tick]:
        """Return the ticks of a line, often none. Raises TickError."""
        ...


class LineReader:
    """Turns lines into ticks, and reports malformed lines."""

    def __init__(self, complaints: Complaints, format: Format | None = None) -> None:
        """If `format` is None, the content decides it."""
        self._complaints = complaints
        self._format = format

    def ticks(self, lines: Iterable[Line]) -> list[Tick]:
        """Return the ticks of the lines. Blank lines are skipped."""
        ticks: list[Tick] = []
        for number, text in lines:
            if text is None:
                self._complaints.add(number, f"longer than {MAX_LINE_LENGTH} bytes")
            elif stripped := text.strip():
                try:
                    ticks += self._of(stripped)
                except TickError as error:
                    self._complaints.add(number, str(error))
        return ticks

    def _of(self, text: bytes) -> list[Tick]:
        if self._format is not None:
            return self._format.ticks(text)
        if Table.recognises(text):
            self._format = Table(text)
            return []
        text = text.removeprefix(b"\xef\xbb\xbf")
        if JsonLines.recognises(text):
            self._format = JsonLines()
        elif Capture.recognises(text):
            self._format = Capture()
        else:
            raise TickError("neither a capture, nor a JSON object, nor a CSV header with S, t and p")
        return self._format.ticks(text)
