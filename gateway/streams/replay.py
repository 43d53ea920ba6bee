"""A replay: the events between a stream's position and one moment of the feed, piece by piece."""

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.events import newest_events
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring


class Replay:
    """Keeps numbers, not events: a slow client must not keep events in memory that the ring has dropped."""

    __slots__ = ("_group", "_newest", "_numbers", "_ring", "count", "cursor", "end", "number")

    def __init__(self, ring: Ring, last: LastValues, group: Group, numbers: list[int]) -> None:
        """Begin after `numbers`, one for each partition, which the ring still covers; end now.

        A conflating group gets the newest tick of each changed symbol; any other group gets every tick.
        """
        self._ring = ring
        self._group = group
        self._numbers = numbers
        self._newest: list[bytes] = []
        if group.conflates:
            self._newest = last.since_each(numbers, group.symbols, group.partitions)
        self.end, self.cursor = ring.number, ring.cursor
        """The end of the replay, as a number and as a cursor."""
        self.count = len(self._newest) + ring.count(numbers, *group.exact())
        """Events in the whole replay."""
        self.number = min(numbers)
        """Number up to which all events have been taken; the ring must still have the next ones."""

    @property
    def is_over(self) -> bool:
        """Tell whether all events have been taken."""
        return self.number == self.end

    def take(self) -> list[bytes]:
        """Return the next events; an empty list does not mean that the replay is over (`is_over`)."""
        events, self.number = self._ring.since(self._numbers, self.end, *self._group.exact())
        self._numbers = [max(number, self.number) for number in self._numbers]
        if not self._group.conflates:
            return events
        # Ticks first: they are newer than the bars, from whose older cursors a client may resume.
        newest, self._newest = self._newest, []
        return newest_events(newest, self.cursor if self.is_over else None, events)
