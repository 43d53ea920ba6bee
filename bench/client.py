"""What a load client does with the bytes it gets: counts ticks, and proves that none is missing. Pure.

Every client counts its ticks. In the end that number must be, over its symbols, the newest `q` less
the `q` of the snapshot it began with: as many as it was owed. Looking at every tick would cost more
than the gateway does, so only samples look closer (`bench.checker`), and who was told a gap: it begins
anew with the snapshot behind the gap, which has only what changed, and checks each `q` from there on.
"""

import re
from typing import NamedTuple

TICK_MARK = b'data: {"S":"'
"""Begins the data of a tick, and of nothing else, on most servers that are measured."""

_HELD = re.compile(rb'\{"S":"([^"]+)","q":([0-9]+),')
_SNAPSHOT = re.compile(rb"(?:(id): [^\n]+\n)?event: snapshot\ndata: (\[[^\n]*)\n\n")
_RESUMED = re.compile(rb'event: hello\ndata: \{[^\n]*"resumed":"(?:live|replayed)"')
_CURSOR = re.compile(rb"id: ([^\n]+)\n")
_GAP = b"event: gap"
_STATUS = re.compile(rb"HTTP/1\.1 200 ")

_NEWEST = 1024
"""Bytes kept behind the newest event, to find its cursor in."""


class Expectation(NamedTuple):
    """What a client may rely on."""

    snapshot: bool = True
    """The server sends a snapshot first. Without one, what comes is all there is to compare."""
    every: bool = True
    """Every tick comes; else the newest of each symbol, never an older one."""
    mark: bytes = TICK_MARK
    """Begins the data of a tick, and of nothing else; the symbol follows."""


EVERY_TICK = Expectation()
NEWEST_TICKS = Expectation(every=False)
BARE = Expectation(snapshot=False)


class Client:
    """Counts the ticks of one stream, over all its connections."""

    __slots__ = (
        "_find",
        "_newest",
        "_rest",
        "bytes",
        "cursor",
        "expects",
        "faults",
        "gaps",
        "known",
        "opened",
        "since",
        "ticks",
    )

    def __init__(self, expects: Expectation) -> None:
        self.expects = expects
        self.ticks = 0
        self.bytes = 0
        self.gaps = 0
        """Gaps that the server told, returns that were no resumption among them."""
        self.since: int | None = 0
        """Ticks up to the snapshot behind the newest gap; None before that has come."""
        self.faults: list[str] = []
        """What was not as it must be."""
        self.known: dict[bytes, int] = {}
        """`q` of each symbol in the snapshot; with those who look at each tick, the newest."""
        self.opened = False
        """The stream stands: ticks may be counted on from here."""
        self.cursor = b""
        """The cursor of the newest event, known after `cut`."""
        self._find = re.compile(re.escape(expects.mark) + rb'([^"]+)","q":([0-9]+)').findall
        self._rest = b""
        self._newest = b""
        """Of `ResumingClient`; it stands here so that a checker can be one too."""

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
        self._pass(data, end)
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
        held, behind = _held(data, 0, len(data))
        if behind:
            self.opened = True
            if self.cursor:
                self._note_gap()
            self.known.update(held)
            self.since = self.ticks
        return data[behind:]

    def _pass(self, data: bytes, end: int) -> None:
        start = 0
        while (gap := data.find(_GAP, start, end)) >= 0:
            self._part(data, start, gap)
            self._note_gap()
            start = gap + len(_GAP)
        self._part(data, start, end)

    def _part(self, data: bytes, start: int, end: int) -> None:
        """Take what lies between two gaps."""
        if not self.gaps:
            self._count(data, start, end)
            return
        if self.since is None:
            # The last event ends behind `end`.
            held, behind = _held(data, start, end + 2)
            self.known.update(held)
            if behind:
                self.since = self.ticks
        self._look(data, start, end)

    def _count(self, data: bytes, start: int, end: int) -> None:
        self.ticks += data.count(self.expects.mark, start, end)

    def _look(self, data: bytes, start: int, end: int) -> None:
        """Count, and look at each tick."""
        known, every = self.known, self.expects.every
        found = self._find(data, start, end)
        self.ticks += len(found)
        for symbol, text in found:
            q = int(text)
            before = known.get(symbol)
            if before is not None and (q != before + 1 if every else q <= before):
                self.faults.append(f"{symbol.decode()}: q {q} after {before}")
            known[symbol] = q

    def _note_gap(self) -> None:
        """Take note of a gap."""
        if not self.gaps:
            self._forget()
        self.gaps += 1
        self.since = None

    def _forget(self) -> None:
        """Forget what a count began with: it says nothing of symbols that the gap's snapshot leaves out."""
        self.known = {}

    def owed(self, newest: dict[bytes, int]) -> int:
        """Return how many ticks it should have had when `newest` are the newest `q`."""
        return sum(newest[symbol] - q for symbol, q in self.known.items())

    def wrong(self, newest: dict[bytes, int]) -> str:
        """Say what is wrong once nothing is under way any more; nothing if all has come, once."""
        if self.since is None:
            return "was told a gap and has no snapshot behind it"
        return not_at_newest(self.known, newest) if self.gaps else self._missing(newest)

    def _missing(self, newest: dict[bytes, int]) -> str:
        owed = self.owed(newest)
        return f"got {self.ticks} ticks, owed {owed}" if self.ticks != owed else ""

    def behind(self, then: dict[bytes, int]) -> int:
        """Return in how many symbols it has not yet what was the newest at some time.

        Of one that only counts, what it knows is what it began with.
        """
        return sum(q < then[symbol] for symbol, q in self.known.items())

    @property
    def regained(self) -> bool:
        """Tell whether it has had ticks, each of them checked, since the newest gap it was told."""
        return self.gaps > 0 and self.since is not None and self.ticks > self.since


class ByteCounter(Client):
    """Counts bytes alone: to unpack a stream costs more than to have sent it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(BARE)

    def take(self, data: bytes) -> None:
        """Take what was received."""
        self.bytes += len(data)
        self.opened = True


class ResumingClient(Client):
    """Remembers its cursor, so that it can be cut off and come back."""

    __slots__ = ()

    def _pass(self, data: bytes, end: int) -> None:
        super()._pass(data, end)
        self._newest = data[max(0, end - _NEWEST) : end]

    def cut(self) -> None:
        """Forget what came of an event that is not complete; the next connection brings it again."""
        found = _CURSOR.findall(self._newest + b"\n")
        self.cursor = found[-1] if found else self.cursor
        self._rest = b""
        self.opened = False


def _held(data: bytes, start: int, end: int) -> tuple[dict[bytes, int], int]:
    """Return the `q` of the symbols in a snapshot, and where it ends; 0 if that has not come yet."""
    held: dict[bytes, int] = {}
    for part in _SNAPSHOT.finditer(data, start, end):
        held.update((symbol, int(q)) for symbol, q in _HELD.findall(part[2]))
        if part[1]:
            return held, part.end()
    return held, 0


def not_at_newest(known: dict[bytes, int], newest: dict[bytes, int]) -> str:
    """Say in how many symbols what is known is not the newest; nothing if in none."""
    count = sum(q != newest[symbol] for symbol, q in known.items())
    return f"is not at the newest in {count} symbols" if count else ""
