"""A replay: what lies between where a stream stands and one moment of the feed, piece by piece."""

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol import sse
from tickcast.gateway.store.ring import Ring


class Replay:
    """Keeps numbers, not events: a client that reads slowly must not hold what the ring lets go of."""

    __slots__ = ("_group", "_newest", "_numbers", "_ring", "count", "cursor", "end", "number")

    def __init__(self, ring: Ring, group: Group, numbers: list[int], newest: list[bytes]) -> None:
        """Begin behind `numbers`, one for each partition, and end now.

        `newest`: the ticks of a conflating group that changed; else the ring has every one.
        """
        self._ring = ring
        self._group = group
        self._numbers = numbers
        self._newest = newest
        self.end, self.cursor = ring.number, ring.cursor
        """Where it ends, as a number and as a cursor."""
        self.count = len(newest) + ring.count(numbers, *group.exact())
        """Events in all."""
        self.number = min(numbers)
        """Up to here everything has been taken; the ring must still have what comes next."""

    @property
    def is_over(self) -> bool:
        """Tell whether everything has been taken."""
        return self.number == self.end

    def take(self) -> list[bytes]:
        """Return the next events, none if there are none in the next stretch of the feed."""
        events, self.number = self._ring.since(self._numbers, self.end, *self._group.exact())
        self._numbers = [max(number, self.number) for number in self._numbers]
        if not self._group.conflates:
            return events
        # Ticks first: a bar's own cursor, with which a client may come back, is older than they are.
        newest, self._newest = self._newest, []
        return sse.newest_events(newest, self.cursor if self.is_over else None, events)
