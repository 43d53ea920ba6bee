"""A load client without a socket: bytes in; it counts ticks and proves that no tick is missing. Pure.

Every client counts its ticks. At the end the count must be the number of ticks that the client was owed: over
its symbols, the newest `q` minus the `q` of its first snapshot. Examining every tick would cost more than the
gateway itself, so only samples do (`bench.checker`), and clients that received a gap: such a client starts
again from the snapshot behind the gap, which holds only changed symbols, and checks each `q` from there.
"""

import re
from typing import NamedTuple

TICK_MARK = b'data: {"S":"'
"""The beginning of a tick's data, and of no other data, on most servers."""

_HELD = re.compile(rb'\{"S":"([^"]+)","q":([0-9]+),')
_SNAPSHOT = re.compile(rb"event: snapshot\ndata: (\[[^\n]*)\n(?:(id): [^\n]+\n)?\n")
_RESUMED = re.compile(rb'event: hello\ndata: \{[^\n]*"resumed":"(?:live|replayed)"')
_CURSOR = re.compile(rb"id: ([^\n]+)\n")
_GAP = b"event: gap"
_EPOCH_OF_GAP = re.compile(rb'event: gap\ndata: \{[^\n]*"epoch":"([0-9a-f]+)"')
_EPOCH_OF_HELLO = re.compile(rb'event: hello\ndata: \{[^\n]*"epoch":"([0-9a-f]+)"')
_STATUS = re.compile(rb"HTTP/1\.1 200 ")

_NEWEST = 1024
"""Newest bytes kept, to find the cursor of the newest event in."""


class Expectation(NamedTuple):
    """The guarantees of a server that a client may check."""

    snapshot: bool = True
    """The server sends a snapshot first. Without a snapshot no client can be proved."""
    every: bool = True
    """Every tick comes; otherwise the newest tick of each symbol, never an older tick."""
    mark: bytes = TICK_MARK
    """The beginning of a tick's data, and of no other data; the symbol follows."""


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
        "epoch",
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
        """Gaps that the server announced, reconnections without a resume included."""
        self.since: int | None = 0
        """Count of ticks at the snapshot behind the newest gap; None until that snapshot has come."""
        self.faults: list[str] = []
        """Faults found so far."""
        self.known: dict[bytes, int] = {}
        """`q` of each symbol in the snapshot; in clients that examine each tick, the newest `q`."""
        self.opened = False
        """The stream has begun, and ticks count."""
        self.cursor = b""
        """The cursor of the newest event, set by `cut`."""
        self.epoch = b""
        """Epoch of the feed that the ticks belong to; empty: the server names none."""
        self._find = re.compile(re.escape(expects.mark) + rb'([^"]+)","q":([0-9]+)').findall
        self._rest = b""
        self._newest = b""
        """Used by `ResumingClient`; it stands here so that a checker can be a ResumingClient too."""

    def take(self, data: bytes) -> None:
        """Process received bytes."""
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
        # The rest behind the last event is nearly always the end of its chunk.
        self._rest = b"" if len(data) - end <= 4 else data[end + 2 :]

    def _open(self, data: bytes) -> bytes:
        """Look for the place from which ticks count; return the bytes behind it."""
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
            self._enter(_EPOCH_OF_HELLO.search(data))
            self.known.update(held)
            self.since = self.ticks
        return data[behind:]

    def _pass(self, data: bytes, end: int) -> None:
        start = 0
        while (gap := data.find(_GAP, start, end)) >= 0:
            self._part(data, start, gap)
            self._note_gap()
            self._enter(_EPOCH_OF_GAP.match(data, gap))
            start = gap + len(_GAP)
        self._part(data, start, end)

    def _part(self, data: bytes, start: int, end: int) -> None:
        """Process the bytes between two gaps."""
        if not self.gaps:
            self._count(data, start, end)
            return
        if self.since is None:
            # The blank line of the last event lies behind `end`.
            held, behind = _held(data, start, end + 2)
            self.known.update(held)
            if behind:
                self.since = self.ticks
        self._look(data, start, end)

    def _count(self, data: bytes, start: int, end: int) -> None:
        self.ticks += data.count(self.expects.mark, start, end)

    def _look(self, data: bytes, start: int, end: int) -> None:
        """Count and examine each tick."""
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
        """Count a gap."""
        if not self.gaps:
            self._forget()
        self.gaps += 1
        self.since = None

    def _enter(self, found: re.Match[bytes] | None) -> None:
        """Go over to the epoch that an event names. In another epoch `q` begins again, for every symbol."""
        if found is None:
            return
        if self.epoch and found[1] != self.epoch:
            self._forget()
            self.known = {}
        self.epoch = found[1]

    def _forget(self) -> None:
        """Forget the first snapshot: it does not hold for symbols that the gap's snapshot leaves out."""
        self.known = {}

    def owed(self, newest: dict[bytes, int]) -> int:
        """Return how many ticks the client was owed, when `newest` are the newest `q`."""
        return sum(newest[symbol] - q for symbol, q in self.known.items())

    def wrong(self, newest: dict[bytes, int]) -> str:
        """Return the fault of the stream, "" if each tick came once. Call it when no bytes are in flight."""
        if self.since is None:
            return "received a gap and no snapshot behind it"
        return not_at_newest(self.known, newest) if self.gaps else self._missing(newest)

    def _missing(self, newest: dict[bytes, int]) -> str:
        owed = self.owed(newest)
        return f"got {self.ticks} ticks, owed {owed}" if self.ticks != owed else ""

    def behind(self, then: dict[bytes, int]) -> int:
        """Return the number of symbols in which this client has not reached the `q` of `then`.

        A client that only counts knows the `q` of its first snapshot.
        """
        return sum(q < then[symbol] for symbol, q in self.known.items())

    @property
    def regained(self) -> bool:
        """Tell whether the client received ticks, each of them checked, since its newest gap."""
        return self.gaps > 0 and self.since is not None and self.ticks > self.since


class ByteCounter(Client):
    """Counts bytes only: decompressing a stream costs more than sending it."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(BARE)

    def take(self, data: bytes) -> None:
        """Process received bytes."""
        self.bytes += len(data)
        self.opened = True


class ResumingClient(Client):
    """Keeps its cursor, so that it can resume after a cut."""

    __slots__ = ()

    def _pass(self, data: bytes, end: int) -> None:
        super()._pass(data, end)
        self._newest = data[max(0, end - _NEWEST) : end]

    def cut(self) -> None:
        """Drop an incomplete event and find the cursor; the next connection sends that event again."""
        found = _CURSOR.findall(self._newest + b"\n")
        self.cursor = found[-1] if found else self.cursor
        self._rest = b""
        self.opened = False


def _held(data: bytes, start: int, end: int) -> tuple[dict[bytes, int], int]:
    """Return the `q` of the symbols in a snapshot, and the place where it ends; 0 if it is incomplete."""
    held: dict[bytes, int] = {}
    for part in _SNAPSHOT.finditer(data, start, end):
        held.update((symbol, int(q)) for symbol, q in _HELD.findall(part[1]))
        if part[2]:
            return held, part.end()
    return held, 0


def not_at_newest(known: dict[bytes, int], newest: dict[bytes, int]) -> str:
    """Say in how many symbols `known` differs from `newest`; "" if in none."""
    count = sum(q != newest[symbol] for symbol, q in known.items())
    return f"is not at the newest in {count} symbols" if count else ""
