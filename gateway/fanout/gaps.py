"""Snapshot and gap events for a group or for one stream, made from the newest values."""

from typing import NamedTuple

from tickcast.gateway.fanout.group import Gap, Group, Span
from tickcast.gateway.fanout.notices import Notices
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.selection import BarSelection, Selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.wire.cursor import epoch_of

MAX_SNAPSHOTS = 8
"""Snapshots cached for other streams that need the same one; the next batch clears the cache."""

WIDE = 256
"""Symbols from which on a group is worth another look at what has changed."""

COSTS = 6
"""So many symbols of a group are looked at in the time of one key that has changed."""

SnapshotKey = tuple[Selection, BarSelection, Span]


class Mark(NamedTuple):
    """A moment of the feed, as a number and as a cursor."""

    number: int
    cursor: str


class Turn(NamedTuple):
    """What a conflating group gets at its turn."""

    events: list[bytes]
    notices: int
    """How many of the events, the first ones, are neither ticks nor bars."""


class Reloaded(NamedTuple):
    """The ticks and bars reloaded from Redis at a gap in the feed, copied at that moment."""

    ticks: LastValues
    bars: LastValues
    whole: bool
    """Whether these are all there are, because a new epoch began."""


class Gaps:
    """Builds `gap` and `snapshot` events for a group's symbols and bars, after a given item number."""

    def __init__(self, ring: Ring, last: LastValues, bars: LastValues, notices: Notices) -> None:
        self.ring = ring
        self.notices = notices
        """What was said of symbols lately."""
        self.last = last
        """The newest tick of each symbol."""
        self.bars = bars
        """The newest bar of each bar key; it may still be forming."""
        self.sent = {"slow": 0, "retention": 0, "feed": 0}
        """Gap events sent to clients, by reason."""
        self._reason = "feed"
        # Number of the feed's last gap of each reason, for streams that were no members of a group then; the
        # heavier reason first.
        self._numbers = {"feed": 0, "retention": 0}
        self._snapshots: dict[SnapshotKey, list[bytes]] = {}
        # Number and cursor of the ring when the cached snapshots were made.
        self._made_at = (0, "")

    # For one stream

    def snapshot(self, number: int, group: Group) -> list[bytes]:
        """Return `snapshot` events with the ticks newer than `number`, then `bar` events; at least one event.

        Streams that need the same snapshot share its bytes, because a slow stream holds them for long.
        """
        span = Span(number, number, self.ring.number, self.ring.cursor)
        return self._snapshot(group, span, self.last, self.bars)

    def gap(self, reason: str, before: str, number: int, group: Group) -> list[bytes]:
        """Return a gap from `before`, a cursor, to now, the notices and a snapshot of values after `number`.

        Where another epoch has begun since, the snapshot is whole.
        """
        self.sent[reason] += 1
        notices = self.notices.since(number, group.key.selection)
        if epoch_of(before) != self.ring.epoch:
            number, notices = -1, []
        return [events.gap(reason, before, self.ring.cursor), *notices, *self.snapshot(number, group)]

    def feed_gap_after(self, number: int) -> str | None:
        """Return the reason of the feed's gaps after `number`, the heaviest of several; None: it has none."""
        return next((reason for reason, last in self._numbers.items() if number < last), None)

    def lacks_events(self, number: int, group: Group) -> bool:
        """Tell whether a stream at `number` lacks any event that only the ring could have repeated.

        A conflating group needs it for bars alone: notices are kept for streams, and the newest ticks too.
        """
        if self.bars.since(number, group.bars):
            return True
        return not group.conflates and bool(
            self.notices.since(number, group.key.selection) or self.last.since(number, group.symbols)
        )

    # For a group

    def turn(self, group: Group, streams: int) -> Turn:
        """Return a conflating group's events for this turn: notices, ticks since its last turn, bars.

        They are for so many of its streams. A gap and the newest values, if not all bars could wait.
        """
        if group.bars_lost:
            self.sent["slow"] += streams - 1
            lost = self.gap("slow", group.cursor, group.number, group)
            return Turn(lost, len(lost))
        newest = self._newest(group)
        said = self._said(group)
        return Turn(
            events.newest_events(newest, self.ring.cursor, group.waiting_bars, said),
            len(said),
        )

    def _newest(self, group: Group) -> list[bytes]:
        """Return the newest tick of each symbol of a group that has one since the group's last turn."""
        number, symbols, ring = group.number, group.symbols, self.ring
        if len(symbols) >= WIDE and number >= ring.floor and (ring.number - number) * COSTS < len(symbols):
            # Few of many symbols have changed: look at these, and not at each of the group.
            return self.last.since(number, filter(group.key.selection.has, ring.keys_after(number)))
        return self.last.since(number, symbols)

    def _said(self, group: Group) -> list[bytes]:
        """Return the events of the notices since a conflating group's last turn."""
        return self.notices.since(group.number, group.key.selection)

    def record(self, reason: str, before: Mark) -> Reloaded:
        """Record that the feed has a gap from `before` to now; return the values reloaded at it."""
        self._reason, self._numbers[reason] = reason, self.ring.number
        whole = epoch_of(before.cursor) != self.ring.epoch
        after = -1 if whole else before.number
        return Reloaded(self.last.newer(after), self.bars.newer(after), whole)

    def queue_gap(self, group: Group, before: Mark, reloaded: Reloaded) -> None:
        """Put the recorded gap, which begins at `before`, into a group's next frame."""
        # A group that does not conflate has the items before the gap among its pending events already:
        # its members lack only the reloaded values.
        ring, ticks = self.ring, reloaded.ticks
        known = number = -1 if reloaded.whole else before.number
        if group.conflates and not reloaded.whole:
            number, ticks = group.number, self.last
            for event in self._said(group):
                group.notify(event)
        span = Span(number, known, ring.number, ring.cursor)
        group.queue_gap(Gap(len(group.pending), self._reason, before.cursor, span, ticks, reloaded.bars))

    def write_gaps(self, group: Group) -> None:
        """Write a group's queued gaps, each with its snapshot, at their places among its pending events."""
        for gap in reversed(group.gaps):
            snapshot = self._snapshot(group, gap.span, gap.ticks, gap.bars)
            written = [events.gap(gap.reason, gap.before, gap.span.cursor), *snapshot]
            group.pending[gap.place : gap.place + 1] = written
            group.notices += len(written) - 1
            self.sent[gap.reason] += len(group.members)
        group.gaps = ()

    def _snapshot(self, group: Group, span: Span, ticks: LastValues, bars: LastValues) -> list[bytes]:
        key = group.key.selection, group.key.bars, span
        now = self.ring.number, self.ring.cursor
        if self._made_at != now or len(self._snapshots) >= MAX_SNAPSHOTS:
            self._snapshots.clear()
            self._made_at = now
        made = self._snapshots.get(key)
        if made is None:
            made = self._snapshots[key] = events.snapshot_events(
                ticks.between(span.ticks_after, span.end, group.symbols),
                span.cursor,
                bars.between(span.bars_after, span.end, group.bars),
                self.notices.states_of(group.symbols),
            )
        return [*made]
