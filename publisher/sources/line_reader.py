"""Reads ticks, and what is said of symbols, from the lines of an input.

The first line that fits a format decides the format.
"""

from collections.abc import Iterable
from typing import Protocol

from tickcast.publisher.source import SourceItem
from tickcast.publisher.sources.capture import Capture
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.fields import FieldReader
from tickcast.publisher.sources.json_lines import JsonLines
from tickcast.publisher.sources.lines import MAX_LINE_LENGTH, Line
from tickcast.publisher.sources.table import Table
from tickcast.publisher.sources.times import Times, TimeUnit
from tickcast.wire.symbol import Case
from tickcast.wire.tick import Tick, TickError

MAX_LIST = 1_000
"""Items that a source of lines yields in one list, at most."""


class Format(Protocol):
    """A format in which lines hold ticks, and what is said of symbols."""

    @property
    def unit(self) -> TimeUnit | None:
        """What the times of the newest line are in; None for dates as in RFC 3339."""
        ...

    def items(self, line: bytes) -> Iterable[SourceItem]:
        """Return what a line holds, often nothing. Raises TickError, also after some items."""
        ...


class LineReader:
    """Turns lines into what a source yields, and reports malformed lines."""

    def __init__(
        self, complaints: Complaints, times: Times, only_json: bool = False, case: Case = "upper"
    ) -> None:
        """The content decides the format, unless it is `only_json`. `case` is that of the feed's symbols."""
        self._complaints = complaints
        self._times = times
        self._reader = FieldReader(times, case)
        self._format: Format | None = JsonLines(self._reader) if only_json else None

    def items(self, lines: Iterable[Line]) -> list[SourceItem]:
        """Return what the lines hold, in order. Blank lines are skipped."""
        items: list[SourceItem] = []
        for number, text in lines:
            if text is None:
                self._complaints.add(number, f"longer than {MAX_LINE_LENGTH} bytes")
            elif stripped := text.strip():
                try:
                    for item in self._of(stripped):
                        items.append(self._checked(item))  # noqa: PERF401 - what came before an error is kept
                except TickError as error:
                    self._complaints.add(number, str(error))
        return items

    def _checked(self, item: SourceItem) -> SourceItem:
        if type(item) is Tick:
            assert self._format is not None
            self._times.check(item.time, self._format.unit)
        return item

    def _of(self, text: bytes) -> Iterable[SourceItem]:
        if self._format is not None:
            return self._format.items(text)
        if Table.recognises(text):
            self._format = Table(text, self._reader)
            return []
        text = text.removeprefix(b"\xef\xbb\xbf")
        if JsonLines.recognises(text):
            self._format = JsonLines(self._reader)
        elif Capture.recognises(text):
            self._format = Capture(self._reader)
        else:
            raise TickError("neither a capture, nor a JSON object, nor a CSV header with S, t and p")
        return self._format.items(text)
