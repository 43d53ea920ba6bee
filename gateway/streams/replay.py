"""A replay: the events between a stream's position and one moment of the feed, piece by piece."""

from collections.abc import Mapping, Sequence

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.notices import Notices
from tickcast.gateway.protocol.events import newest_events
from tickcast.gateway.store.event_log import NONE
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.standing import Standing
from tickcast.wire.bar import INTERVALS, bar_key


class Replay:
    """Keeps numbers, not events: a slow client must not keep events in memory that the ring has dropped."""

    __slots__ = (
        "_group",
        "_hides_bars",
        "_newest",
        "_notices",
        "_ring",
        "_said",
        "_standing",
        "count",
        "cursor",
        "end",
        "number",
        "numbers",
    )

    def __init__(
        self,
        ring: Ring,
        last: LastValues,
        notices: Notices,
        group: Group,
        numbers: list[int],
        came: str = "",
    ) -> None:
        """Begin after `numbers`, one for each partition, which the ring still covers; end now.

        A conflating group gets what was said of symbols, then the newest tick of each changed one; any other
        group gets every tick and notice.
        `came`: the cursor that a client came with; empty: the stream stands at one moment of this gateway.
        """
        self._ring = ring
        self._group = group
        self._said = notices
        self.numbers = numbers
        """The numbers after which the next events come, one for each partition."""
        self.end, self.cursor = ring.number, ring.cursor
        """The end of the replay, as a number and as a cursor."""
        self._newest: Sequence[bytes] = ()
        self._notices: Sequence[bytes] = ()
        self._hides_bars = False
        """Whether a symbol has left meanwhile: its notice comes first, so no bar of before may follow."""
        if group.conflates:
            self._newest = last.since_each(numbers, group.symbols, group.partitions)
            self._notices = notices.since_each(numbers, group.key.selection)
            self._hides_bars = bool(self._notices and self._left())
        missed = ring.count(numbers, *group.exact(), self._later())
        self.count = len(self._newest) + len(self._notices) + missed
        """Events in the whole replay."""
        self.number = min(numbers)
        """Number up to which all events have been taken; the ring must still have the next ones."""
        self._standing = Standing(ring, came) if came and self.count else None
        """None: no event that follows has a cursor behind what the client has."""

    def _left(self) -> dict[bytes, int]:
        return self._said.left_within(self.numbers, self.end, self._group.key.selection)

    def _later(self) -> Mapping[bytes, int]:
        """Return the number after which the bars of each symbol begin that has left, by bar key.

        Made again for each piece: thousands of streams may replay while thousands of symbols leave.
        """
        if not self._hides_bars:
            return NONE
        left = self._left()
        return {bar_key(symbol, interval): left[symbol] for symbol in left for interval in INTERVALS}

    @property
    def is_over(self) -> bool:
        """Tell whether all events have been taken."""
        return self.number == self.end

    def take(self) -> list[bytes]:
        """Return the next events; an empty list does not mean that the replay is over (`is_over`)."""
        events = self._next()
        if not self._group.conflates:
            return events
        # Ticks first: they are newer than the bars, from whose older cursors a client may resume.
        newest, self._newest = self._newest, ()
        notices, self._notices = self._notices, ()
        return newest_events(newest, self.cursor if self.is_over else None, events, notices)

    def _next(self) -> list[bytes]:
        events, reached = self._ring.since(self.numbers, self.end, *self._group.exact(), self._later())
        if (standing := self._standing) is not None and events:
            if not standing.is_ahead(events[0]):
                self._standing = None
            elif self.numbers[standing.partition] < standing.batch_end:
                # A cursor has room for a place in one batch alone, so the rest of that batch comes first.
                return self._rest_of_batch(standing) or self._next()
            else:
                events = [standing.raised(event) for event in events]
        self.number = reached
        self.numbers = [max(number, reached) for number in self.numbers]
        return events

    def _rest_of_batch(self, standing: Standing) -> list[bytes]:
        partition, end = standing.partition, standing.batch_end
        only = [end] * len(self.numbers)
        only[partition] = self.numbers[partition]
        events, reached = self._ring.since(only, end, *self._group.exact(), self._later())
        self.numbers = [*self.numbers]
        self.numbers[partition] = reached
        self.number = min(self.numbers)
        return [standing.in_batch(event) for event in events]
