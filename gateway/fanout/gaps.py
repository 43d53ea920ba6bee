"""Snapshot and gap events for a group or for one stream, made from the newest values."""

from typing import NamedTuple

from tickcast.gateway.fanout.group import Gap, Group, Span
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.selection import BarSelection, Selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring

MAX_SNAPSHOTS = 8
"""Snapshots cached for other streams that need the same one; the next batch clears the cache."""

SnapshotKey = tuple[Selection, BarSelection, Span]


class Reloaded(NamedTuple):
    """The ticks and bars reloaded from Redis at a gap in the feed, copied at that moment."""

    ticks: LastValues
    bars: LastValues


class Gaps:
    """Builds `gap` and `snapshot` events for a group's symbols and bars, after a given item number."""

    def __init__(self, ring: Ring, last: LastValues, bars: LastValues) -> None:
        self.ring = ring
        self.last = last
        """The newest tick of each symbol."""
        self.bars = bars
        """The newest bar of each bar key; it may still be forming."""
        self.sent = {"slow": 0, "retention": 0, "feed": 0}
        """Gap events sent to clients, by reason."""
        # Reason and item number of the feed's last gap, for streams that were no members of a group then.
        self._reason, self._number = "feed", 0
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
        """Return a gap from the cursor `before` to now, then a snapshot of values newer than `number`."""
        self.sent[reason] += 1
        return [events.gap(reason, before, self.ring.cursor), *self.snapshot(number, group)]

    def reason_after(self, number: int) -> str:
        """Return why a stream at `number` gets a gap: the reason of a later gap in the feed, or `slow`."""
        return self._reason if number < self._number else "slow"

    def lacks_events(self, number: int, group: Group) -> bool:
        """Tell whether a stream at `number` lacks any event that its group gets without conflation."""
        return bool(
            self.bars.since(number, group.bars)
            or (not group.conflates and self.last.since(number, group.symbols))
        )

    # For a group

    def turn(self, group: Group) -> list[bytes]:
        """Return a conflating group's events for this turn: ticks newer than its last turn, then bars."""
        newest = self.last.since(group.number, group.symbols)
        return events.newest_events(newest, self.ring.cursor, group.waiting_bars)

    def record(self, reason: str) -> Reloaded:
        """Record that the feed has a gap now; return the reloaded values, which have the gap's number."""
        self._reason, self._number = reason, self.ring.number
        before = self.ring.floor - 1
        return Reloaded(self.last.newer(before), self.bars.newer(before))

    def queue_gap(self, group: Group, before: str, reloaded: Reloaded) -> None:
        """Put the recorded gap, which begins at the cursor `before`, into a group's next frame."""
        # A group that does not conflate has the items before the gap among its pending events already:
        # its members lack only the reloaded values.
        ring, ticks = self.ring, reloaded.ticks
        known = number = ring.floor - 1
        if group.conflates:
            number, ticks = group.number, self.last
        span = Span(number, known, ring.number, ring.cursor)
        group.queue_gap(Gap(len(group.pending), self._reason, before, span, ticks, reloaded.bars))

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
            )
        return [*made]
