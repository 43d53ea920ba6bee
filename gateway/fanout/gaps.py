"""Snapshots and gaps that a group or a stream is owed, made from the newest values."""

from typing import NamedTuple

from tickcast.gateway.fanout.group import Gap, Group, Span
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.selection import BarSelection, Selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring

MAX_SNAPSHOTS = 8
"""Snapshots that are kept for the next stream that needs the same, until the next batch comes."""

SnapshotKey = tuple[Selection, BarSelection, Span]


class Reloaded(NamedTuple):
    """What a gap in the feed has brought, as it was then."""

    ticks: LastValues
    bars: LastValues


class Gaps:
    """Answers in events, for what a group wants and the number up to which a stream has it."""

    def __init__(self, ring: Ring, last: LastValues, bars: LastValues) -> None:
        self.ring = ring
        self.last = last
        """The newest tick of each symbol."""
        self.bars = bars
        """The newest bar of each bar key, maybe still forming."""
        self.sent = {"slow": 0, "retention": 0, "feed": 0}
        """Gaps sent, by reason."""
        # The last gap in the feed, for streams that are not members of a group when it happens.
        self._reason, self._number = "feed", 0
        self._snapshots: dict[SnapshotKey, list[bytes]] = {}
        # Number and cursor of the ring when these were made.
        self._made_at = (0, "")

    # For one stream

    def snapshot(self, number: int, group: Group) -> list[bytes]:
        """Return a snapshot of what is newer than `number`, bars behind it; always at least one event.

        Streams that need the same get the same bytes, because a slow stream holds its copy for long.
        """
        span = Span(number, number, self.ring.number, self.ring.cursor)
        return self._snapshot(group, span, self.last, self.bars)

    def gap(self, reason: str, before: str, number: int, group: Group) -> list[bytes]:
        """Return a gap between the cursor `before` and now, and what is newer than `number`."""
        self.sent[reason] += 1
        return [events.gap(reason, before, self.ring.cursor), *self.snapshot(number, group)]

    def reason_after(self, number: int) -> str:
        """Return why a stream that stands at `number` has a gap: the feed's reason, or `slow`."""
        return self._reason if number < self._number else "slow"

    def lacks_events(self, number: int, group: Group) -> bool:
        """Tell whether, since `number`, there was any event of which a group's members are owed every one."""
        return bool(
            self.bars.since(number, group.bars)
            or (not group.conflates and self.last.since(number, group.symbols))
        )

    # For a group

    def turn(self, group: Group) -> list[bytes]:
        """Return what is newer than a conflating group's last turn, and the bars that wait for the next."""
        newest = self.last.since(group.number, group.symbols)
        return events.newest_events(newest, self.ring.cursor, group.waiting_bars)

    def record(self, reason: str) -> Reloaded:
        """Remember that the feed has a gap now; return what was reloaded, which has the gap's own number."""
        self._reason, self._number = reason, self.ring.number
        before = self.ring.floor - 1
        return Reloaded(self.last.newer(before), self.bars.newer(before))

    def queue_gap(self, group: Group, before: str, reloaded: Reloaded) -> None:
        """Put that gap, from the cursor `before` on, into a group's next frame."""
        # Ticks and bars from before the gap are pending already where every one is owed; the members
        # lack only what was reloaded.
        ring, ticks = self.ring, reloaded.ticks
        known = number = ring.floor - 1
        if group.conflates:
            number, ticks = group.number, self.last
        span = Span(number, known, ring.number, ring.cursor)
        group.queue_gap(Gap(len(group.pending), self._reason, before, span, ticks, reloaded.bars))

    def write_gaps(self, group: Group) -> None:
        """Write the gaps that a group is owed where they belong among its pending events."""
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
