"""Those ahead: clients whose cursor this gateway has not reached yet, in the order in which it will."""

from bisect import bisect_left, insort
from itertools import count
from typing import NamedTuple

from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.wire.cursor import Cursor
from tickcast.wire.position import Position


class Awaited(NamedTuple):
    """A batch that the ring must reach, and who waits for it."""

    position: Position
    order: int
    """Tells apart, and orders, those who wait for the same."""
    partition: int
    subscriber: Subscriber
    cursor: Cursor


class Ahead:
    """Each waits in the line of one partition in which it is ahead, then maybe in that of another.

    So a batch costs a look at the first of each line, however many wait.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._lines: list[list[Awaited]] = [[] for _ in range(ring.partitions)]
        self._waiting: dict[Subscriber, Awaited] = {}
        self._count = count()

    def add(self, subscriber: Subscriber, cursor: Cursor) -> bool:
        """Let one wait for its cursor; False if it need not."""
        partition = self._ring.ahead_in(cursor)
        if partition is None:
            return False
        awaited = Awaited(cursor.positions[partition], next(self._count), partition, subscriber, cursor)
        self._waiting[subscriber] = awaited
        insort(self._lines[partition], awaited)
        return True

    def discard(self, subscriber: Subscriber) -> None:
        """Let one wait no more."""
        awaited = self._waiting.pop(subscriber, None)
        if awaited is not None:
            line = self._lines[awaited.partition]
            del line[bisect_left(line, awaited)]

    def reached(self) -> Subscriber | None:
        """Return one whose cursor has been reached, and let it wait no more."""
        for partition, line in enumerate(self._lines):
            while line and line[0].position <= self._ring.position(partition):
                first = line[0]
                self.discard(first.subscriber)
                if not self.add(first.subscriber, first.cursor):
                    return first.subscriber
        return None
