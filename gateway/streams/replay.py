"""A replay: what lies between where a stream stands and one moment of the feed, piece by piece."""

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.events import newest_events
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring


class Replay:
    """Keeps numbers, not events: a client that reads slowly must not hold what the ring lets go of."""

    __slots__ = ("_group", "_newest", "_numbers", "_ring", "count", "cursor", "end", "number")

    def __init__(self, ring: Ring, last: LastValues, group: Group, numbers: list[int]) -> None:
        """Begin behind `numbers`, one for each partition, and end now; the ring still covers them.

        A conflating group gets the newest tick of each symbol that changed, another one every tick.
        """
        self._ring = ring
        self._group = group
        self._numbers = numbers
        self._newest: list[bytes] = []
        if group.conflates:
            self._newest = last.since_each(numbers, group.symbols, group.partitions)
        self.end, self.cursor = ring.number, ring.cursor
        """Where it ends, as a number and as a cursor."""
        self.count = len(self._newest) + ring.count(numbers, *group.exact())
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
        return newest_events(newest, self.cursor if self.is_over else None, events)
