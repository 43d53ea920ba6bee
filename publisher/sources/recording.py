"""A recording: a file of ticks, gzip or plain, in a format of `line_reader`. Its content decides both."""

import gzip
import stat
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from tickcast.publisher.source import SourceError, SourceItem
from tickcast.publisher.sources.capture import VENUES
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import LineReader
from tickcast.publisher.sources.lines import LineSplitter
from tickcast.publisher.sources.times import Times
from tickcast.wire.symbol import Case
from tickcast.wire.tick import Tick

_BLOCK = 64 * 1024
_GZIP = b"\x1f\x8b"


class Recording:
    """A file that can be read any number of times. It is never in memory as a whole."""

    def __init__(
        self, path: str, complaints: Complaints, times: Times | None = None, case: Case = "upper"
    ) -> None:
        """Raises SourceError if there is no such file. Malformed lines are reported to `complaints`."""
        self._path = path
        self._complaints = complaints
        self._times = times or Times()
        self._case: Case = case
        try:
            mode = Path(path).stat().st_mode
        except (OSError, ValueError) as error:
            raise SourceError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        if stat.S_ISDIR(mode):
            raise SourceError(f"{path}: is a folder; a recording is a file")

    def blocks(self) -> Iterator[list[SourceItem]]:
        """Yield what the file holds once, in one list for each block of the file; lists may be empty.

        Raises SourceError if the file cannot be read, or holds no tick.
        """
        reader = LineReader(self._complaints, self._times, case=self._case)
        cutter = LineSplitter()
        found = False
        for data in self._data():
            items = reader.items(cutter.feed(data))
            found = found or any(type(item) is Tick for item in items)
            yield items
        items = reader.items(cutter.finish())
        if not found and not any(type(item) is Tick for item in items):
            raise SourceError(
                f"{self._path}: holds no tick; the exchanges whose recordings are known are "
                f"{', '.join(VENUES)}; see docs/sources.md for what a recording may be"
            )
        yield items

    def _data(self) -> Iterator[bytes]:
        try:
            with open(self._path, "rb") as file:
                packed = file.peek(len(_GZIP)).startswith(_GZIP)
                yield from self._unpacked(file) if packed else iter(lambda: file.read1(_BLOCK), b"")
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror or error}") from None

    def _unpacked(self, file: BufferedReader) -> Iterator[bytes]:
        with gzip.GzipFile(fileobj=file) as unpacked:
            try:
                # read1 returns all data before the end of a truncated file; read would lose the last of it.
                yield from iter(lambda: unpacked.read1(_BLOCK), b"")
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                self._complaints.add_damage(f"the gzip data breaks off: {error}")
