"""What a load client does with the bytes it gets: counts ticks, and proves that none is missing. Pure.

Every client counts its ticks. In the end that number must be, over its symbols, the newest `q` less
the `q` of the snapshot it began with: as many as it was owed. Looking at every tick would cost more
than the gateway does, so only samples look closer (`bench.checker`).
"""

import re
from typing import NamedTuple

MARK = b'data: {"S":"'
"""Begins the data of a tick, and of nothing else, on most servers that are measured."""

_HELD = re.compile(rb'\{"S":"([^"]+)","q":([0-9]+),')
_SNAPSHOT = re.compile(rb"(?:(id): [^\n]+\n)?event: snapshot\ndata: (\[[^\n]*)\n\n")
_RESUMED = re.compile(rb'event: hello\ndata: \{[^\n]*"resumed":"(?:live|replayed)"')
_CURSOR = re.compile(rb"id: ([^\n]+)\n")
_STATUS = re.compile(rb"HTTP/1\.1 200 ")

_NEWEST = 1024
"""Bytes kept behind the newest event, to find its cursor in."""


class Expectation(NamedTuple):
    """What a client may rely on."""

    snapshot: bool = True
    """The server sends a snapshot first. Without one, what comes is all there is to compare."""
    every: bool = True
    """Every tick comes; else the newest of each symbol, never an older one."""
    mark: bytes = MARK
    """Begins the data of a tick, and of nothing else; the symbol follows."""


EVERY_TICK = Expectation()
NEWEST_TICKS = Expectation(every=False)
BARE = Expectation(snapshot=False)


class Client:
    """Counts the ticks of one stream, over all its connections."""

    __slots__ = (
        "_newest",
        "_rest",
        "bytes",
        "cursor",
        "expects",
        "faults",
        "gaps",
        "known",
        "opened",
        "ticks",
    )

    def __init__(self, expects: Expectation) -> None:
        self.expects = expects
        self.ticks = 0
        self.bytes = 0
        self.gaps = 0
        """Gaps that the server told."""
        self.faults: list[str] = []
        """What was not as it must be."""
        self.known: dict[bytes, int] = {}
        """`q` of each symbol in the snapshot; with those who follow each symbol, the newest."""
        self.opened = False
        """The stream stands: ticks may be counted on from here."""
        self.cursor = b""
        """The cursor of the newest event, known after `cut`."""
        self._rest = b""
        self._newest = b""
        """Of `Returning`; it stands here so that a checker can be one too."""

    def take(self, data: bytes) -> None:
        """Take what was received."""
        self.bytes += len(data)
        if self._rest:
            data = self._rest + data
        if not self.opened:
            data = self._open(data)
            if not self.opened:
                self._rest = data
                return
        end = data.rfind(b"\n\n")
        if end < 0:
            self._rest = data
            return
        self._count(data, end)
        # What follows the last event is nearly always the end of its chunk.
        self._rest = b"" if len(data) - end <= 4 else data[end + 2 :]

    def _open(self, data: bytes) -> bytes:
        """Look for the place from which ticks count; return what lies behind it."""
        if not _STATUS.match(data[:13]) and b"\r\n\r\n" in data:
            self.faults.append(f"refused: {data[:60]!r}")
            return b""
        head = data.find(b"\r\n\r\n")
        if head < 0 or (not self.expects.snapshot and head >= 0):
            self.opened = head >= 0
            return data[head + 4 :] if head >= 0 else data
        if _RESUMED.search(data) and self.known:
            self.opened = True
            return data
        for part in _SNAPSHOT.finditer(data):
            self.known.update((symbol, int(q)) for symbol, q in _HELD.findall(part[2]))
            if part[1]:
                self.opened = True
                return data[part.end() :]
        return data

    def _count(self, data: bytes, end: int) -> None:
        self.ticks += data.count(self.expects.mark, 0, end)
        if data.find(b"event: gap", 0, end) >= 0:
            self.gaps += data.count(b"event: gap", 0, end)

    def owed(self, newest: dict[bytes, int]) -> int:
        """Return how many ticks it should have had when `newest` are the newest `q`."""
        return sum(newest[symbol] - q for symbol, q in self.known.items())

    def wrong(self, newest: dict[bytes, int]) -> str:
        """Say what is wrong once nothing is under way any more; nothing if all has come, once."""
        owed = self.owed(newest)
        return f"got {self.ticks} ticks, owed {owed}" if self.ticks != owed else ""


class Receiver(Client):
    """Counts bytes alone: to unpack a stream costs more than to have sent it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(BARE)

    def take(self, data: bytes) -> None:
        """Take what was received."""
        self.bytes += len(data)
        self.opened = True


class Returning(Client):
    """Remembers its cursor, so that it can be cut off and come back."""

    __slots__ = ()

    def _count(self, data: bytes, end: int) -> None:
        super()._count(data, end)
        self._newest = data[max(0, end - _NEWEST) : end]

    def cut(self) -> None:
        """Forget what came of an event that is not complete; the next connection brings it again."""
        found = _CURSOR.findall(self._newest + b"\n")
        self.cursor = found[-1] if found else self.cursor
        self._rest = b""
        self.opened = False
