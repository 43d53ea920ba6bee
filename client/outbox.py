"""Lines that wait until Redis takes them, by partition, and how many of them make an entry; pure.

A partition has one entry in flight. What comes meanwhile is gathered, and makes the next entry.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from tickcast.client.lines import DESCRIPTION, RETIRED, STATE, TICK, Line
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.layout import Layout
from tickcast.wire.symbol import fold

MAX_LINES = 20_000
"""Lines that wait, at most; who publishes more has to wait."""

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of them, at most."""


class _Waiting(NamedTuple):
    place: int
    """Its number among all lines."""
    kind: int
    symbol: str
    text: bytes


@dataclass(slots=True)
class Entry:
    """Lines of one partition that are handed in together."""

    first: int
    """Number of its first line among all lines."""
    number: int
    """`n`, the same each time that it is handed in."""
    size: int = 0
    """Bytes of its lines, line feeds counted."""
    count: int = 0
    kinds: tuple[list[bytes], ...] = field(default_factory=lambda: ([], [], [], []))
    """Lines by kind."""

    @property
    def by_name(self) -> dict[str, list[bytes]]:
        """The lines as `wire.inbox.encode_entry` takes them."""
        kinds = self.kinds
        return {
            "instruments": kinds[DESCRIPTION],
            "ticks": kinds[TICK],
            "states": kinds[STATE],
            "retired": kinds[RETIRED],
        }


@dataclass(slots=True)
class _Queue:
    waiting: deque[_Waiting] = field(default_factory=deque)
    in_flight: Entry | None = None


class Outbox:
    """All lines that were published and are not taken yet."""

    def __init__(self) -> None:
        self.layout: Layout | None = None
        self.newest = 0
        """Number of the newest line."""
        self.lines = 0
        """Lines that are not taken yet."""
        self._bytes = 0
        self._entries = 0
        self._unsorted: deque[tuple[int, Line]] = deque()
        """Lines that came before the layout was known."""
        self._queues: dict[int, _Queue] = {}

    @property
    def is_full(self) -> bool:
        """Tell whether one more line has to wait."""
        return self.lines >= MAX_LINES or self._bytes >= MAX_BYTES

    def partition(self, symbol: str) -> int | None:
        """Return the partition of a symbol; None while the layout is not known."""
        if self.layout is None:
            return None
        return self.layout.partition(fold(symbol, self.layout.case))

    def put(self, line: Line) -> int | None:
        """Add a line; return its partition, None while the layout is not known."""
        self.newest += 1
        self.lines += 1
        if self.layout is None:
            self._unsorted.append((self.newest, line))
            self._bytes += len(line.encode(line.symbol)) + 1
            return None
        partition, size = self._sort(self.newest, line, self.layout)
        self._bytes += size
        return partition

    def spread(self, layout: Layout) -> set[int]:
        """Sort the lines that came before the layout; return the partitions that have some."""
        self.layout = layout
        found = {self._sort(place, line, layout)[0] for place, line in self._unsorted}
        self._unsorted.clear()
        return found

    def cut(self, partition: int) -> Entry | None:
        """Return the next entry of a partition, which has none in flight; None if nothing waits."""
        queue = self._queues.get(partition)
        if queue is None or not queue.waiting:
            return None
        self._entries += 1
        entry = Entry(queue.waiting[0].place, self._entries)
        kinds: dict[str, int] = {}
        while queue.waiting:
            _, kind, symbol, text = queue.waiting[0]
            # Kinds are taken in their order, so a line of a lower kind would overtake those of its symbol.
            if kind < kinds.get(symbol, 0) or not _fits(entry, text):
                break
            kinds[symbol] = kind
            entry.kinds[kind].append(text)
            entry.count += 1
            entry.size += len(text) + 1
            queue.waiting.popleft()
        queue.in_flight = entry
        return entry

    def taken(self, partition: int) -> None:
        """Forget the entry of a partition that was in flight."""
        queue = self._queues[partition]
        entry, queue.in_flight = queue.in_flight, None
        assert entry is not None
        self.lines -= entry.count
        self._bytes -= entry.size

    @property
    def oldest(self) -> int | None:
        """Number of the oldest line that is not taken yet; None if all are."""
        places = [self._unsorted[0][0]] if self._unsorted else []
        for queue in self._queues.values():
            if queue.in_flight:
                places.append(queue.in_flight.first)
            elif queue.waiting:
                places.append(queue.waiting[0].place)
        return min(places, default=None)

    def _sort(self, place: int, line: Line, layout: Layout) -> tuple[int, int]:
        """Add a line to the queue of its partition; return the partition, and the bytes of the line."""
        symbol = fold(line.symbol, layout.case)
        partition, text = layout.partition(symbol), line.encode(symbol)
        queue = self._queues.setdefault(partition, _Queue())
        queue.waiting.append(_Waiting(place, line.kind, symbol, text))
        return partition, len(text) + 1


def _fits(entry: Entry, text: bytes) -> bool:
    return entry.count < MAX_ENTRY_LINES and entry.size + len(text) <= MAX_ENTRY_BYTES
