"""Splits chunks of bytes into numbered lines of bounded length."""

from typing import NamedTuple

MAX_LINE_LENGTH = 1024 * 1024
"""Bytes in a line, at most. The text of a longer line is not kept."""


class Line(NamedTuple):
    """A line of the input, without its end."""

    number: int
    """Number of the line, counted from 1."""
    text: bytes | None
    """The line; None if it is longer than MAX_LINE_LENGTH."""


class LineSplitter:
    """Splits its input into lines. It keeps at most one unfinished line."""

    def __init__(self) -> None:
        self._number = 0
        self._pieces: list[bytes] = []
        self._length = 0
        self._skips = False

    @property
    def held(self) -> int:
        """Number of bytes kept of an unfinished line."""
        return sum(map(len, self._pieces))

    def feed(self, data: bytes) -> list[Line]:
        """Add `data` to the input, and return the lines that end in it."""
        *ended, rest = data.split(b"\n")
        if self._skips:
            # What is left of a dropped line.
            if not ended:
                return []
            ended[0], self._skips = b"", False
        lines = [self._end(piece) for piece in ended]
        self._keep(rest)
        return lines

    def drop(self) -> None:
        """Keep nothing of the unfinished line: it ends as one that is empty."""
        self._pieces.clear()
        self._length = 0
        self._skips = True

    def finish(self) -> list[Line]:
        """End the input, and return its last line if that has no line end."""
        return [self._end(b"")] if self._length else []

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > MAX_LINE_LENGTH:
            self._pieces.clear()
        elif piece:
            self._pieces.append(piece)

    def _end(self, piece: bytes) -> Line:
        self._keep(piece)
        text = None if self._length > MAX_LINE_LENGTH else b"".join(self._pieces).removesuffix(b"\r")
        self._pieces.clear()
        self._length = 0
        self._number += 1
        return Line(self._number, text)
