"""The memory of a gateway: recent and newest ticks and bars, and what of them somebody lacks."""

from tickcast.gateway.fanout.group import Gap, Group, Span
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.selection import BarSelection, Selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.replay import Replay
from tickcast.wire.cursor import common

KEPT = 8
"""Snapshots that are kept for the next who needs the same, until the next batch comes."""

Wanted = tuple[Selection, BarSelection, Span]


class Memory:
    """Answers in events, for what a group wants and from where somebody stands."""

    def __init__(self, ring: Ring, last: LastValues, bars: LastValues) -> None:
        self.ring = ring
        self.last = last
        """The newest tick of each symbol."""
        self.bars = bars
        """The newest bar of each bar key, maybe still forming."""
        self._snapshots: dict[Wanted, list[bytes]] = {}
        # Number and cursor of the ring when these were made.
        self._made = (0, "")

    def newest(self, number: int, group: Group) -> list[bytes]:
        """Return a snapshot of what is newer than `number`, bars behind it; always at least one event.

        Those who need the same get the same bytes: of slow streams with all symbols, each held its own copy.
        """
        span = Span(number, number, self.ring.number, self.ring.cursor)
        return self._snapshot(group, span, self.last, self.bars)

    def gap(self, reason: str, before: str, number: int, group: Group) -> list[bytes]:
        """Return a gap between the cursor `before` and now, and what is newer than `number`."""
        return [_gap(reason, before, self.ring.cursor), *self.newest(number, group)]

    def gap_of(self, group: Group, gap: Gap) -> list[bytes]:
        """Return a gap in the feed, and what a group's members were owed at its end."""
        snapshot = self._snapshot(group, gap.span, gap.ticks, gap.bars)
        return [_gap(gap.reason, gap.before, gap.span.cursor), *snapshot]

    def _snapshot(self, group: Group, span: Span, ticks: LastValues, bars: LastValues) -> list[bytes]:
        wanted = group.key.selection, group.key.bars, span
        now = self.ring.number, self.ring.cursor
        if self._made != now or len(self._snapshots) >= KEPT:
            self._snapshots.clear()
            self._made = now
        events = self._snapshots.get(wanted)
        if events is None:
            events = self._snapshots[wanted] = sse.snapshot_events(
                ticks.between(span.ticks_after, span.end, group.symbols),
                span.cursor,
                bars.between(span.bars_after, span.end, group.bars),
            )
        return [*events]

    def is_owed_more(self, number: int, group: Group) -> bool:
        """Tell whether, since `number`, there was any event of which a group's members are owed every one."""
        return bool(
            self.bars.since(number, group.bars)
            or (not group.conflates and self.last.since(number, group.symbols))
        )

    def replay(self, numbers: list[int], group: Group) -> Replay:
        """Return what came after `numbers`, one for each partition, which the ring still covers."""
        newest = []
        if group.conflates:
            newest = self.last.since_each(numbers, group.symbols, group.partitions)
        return Replay(self.ring, group, numbers, newest)

    def turn(self, group: Group) -> list[bytes]:
        """Return what is newer than a conflating group's last turn, and the bars that wait for the next."""
        newest = self.last.since(group.number, group.symbols)
        return sse.newest_events(newest, self.ring.cursor, group.held)


def _gap(reason: str, before: str, to: str) -> bytes:
    # A feed can have gone back behind `before`. The gap begins where both still agree, then.
    return sse.event("gap", {"reason": reason, "from": common(before, to), "to": to})
