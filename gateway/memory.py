"""The memory of a gateway: recent and newest ticks and bars, and what of them somebody lacks."""

from gateway import sse
from gateway.group import Group
from gateway.last_values import LastValues
from gateway.ring import Ring
from wire.cursor import common


class Memory:
    """Answers in events, for what a group wants and from where somebody stands."""

    def __init__(self, ring: Ring, last: LastValues, bars: LastValues) -> None:
        self.ring = ring
        self.last = last
        """The newest tick of each symbol."""
        self.bars = bars
        """The newest bar of each bar key, maybe still forming."""

    def newest(self, number: int, group: Group, bars_after: int | None = None) -> list[bytes]:
        """Return a snapshot of what is newer than `number`, bars behind it; always at least one event."""
        bars = self.bars.since(number if bars_after is None else bars_after, group.bars)
        return sse.snapshot_events(self.last.since(number, group.symbols), self.ring.cursor, bars)

    def gap(
        self, reason: str, before: str, number: int, group: Group, bars_after: int | None = None
    ) -> list[bytes]:
        """Return a gap between the cursor `before` and now, and what is newer than `number`.

        A feed can have gone back behind `before`. The gap begins where both still agree, then.
        """
        since = common(before, self.ring.cursor)
        gap = sse.event("gap", {"reason": reason, "from": since, "to": self.ring.cursor})
        return [gap, *self.newest(number, group, bars_after)]

    def is_owed_more(self, number: int, group: Group) -> bool:
        """Tell whether, since `number`, there was any event of which a group's members are owed every one."""
        return bool(
            self.bars.since(number, group.bars)
            or (not group.conflates and self.last.since(number, group.symbols))
        )

    def after(self, numbers: list[int], group: Group) -> list[bytes]:
        """Return what came after `numbers`, one for each partition, which the ring still covers."""
        if not group.conflates:
            return self.ring.since(numbers, *group.exact())
        newest = self.last.since_each(numbers, group.symbols, group.partitions)
        return sse.newest_events(newest, self.ring.cursor, self.ring.since(numbers, *group.exact()))

    def turn(self, group: Group) -> list[bytes]:
        """Return what is newer than a conflating group's last turn, and the bars that wait for the next."""
        newest = self.last.since(group.number, group.symbols)
        return sse.newest_events(newest, self.ring.cursor, group.held)
