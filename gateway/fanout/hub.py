"""The hub: keeps the groups, and queues each event for the groups that want it."""

import asyncio
from collections.abc import Callable

from tickcast.gateway.fanout.conflation import Wheel
from tickcast.gateway.fanout.gaps import Gaps
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.scheduler import Scheduler
from tickcast.gateway.fanout.symbol_index import SymbolIndex
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring


class Hub:
    """All groups, by their key.

    Everything runs on one event loop, and nothing awaits between a check and the change that it
    justifies: ring, last values and pending events always agree.
    """

    def __init__(self, ring: Ring, last: LastValues, partitions: int) -> None:
        self.ring = ring
        self.last = last
        self.bars = LastValues()
        self.partitions = partitions
        self.gaps = Gaps(ring, last, self.bars)
        self.groups: dict[GroupKey, Group] = {}
        self.index = SymbolIndex(partitions)
        self.scheduler = Scheduler(self._collect)
        self.status: Callable[[], bytes] = lambda: b""
        """Makes the `status` event of the feed; set where the gateway is wired."""
        self.status_number = 0
        """Number of changes of the feed's state so far."""
        self.now = asyncio.get_running_loop().time
        """Returns the time in seconds, by the loop's clock."""
        self._wheel = Wheel(self.turn, self.scheduler.wake)

    # Ticks and bars

    def offer(self, ticks: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Queue the events of a batch's ticks for every group that gets every tick of their symbols."""
        get, dirty = self.index.known.get, self.scheduler.dirty
        for (symbol, _), event in zip(ticks, events, strict=True):
            groups = get(symbol)
            if groups is None:
                groups = self.index.learn(symbol)
            for group in groups:
                group.pending.append(event)
                if not group.dirty:
                    group.dirty = True
                    dirty.append(group)
        self.scheduler.wake()

    def offer_bars(self, bars: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Queue the events of a batch's bars for every group that wants them, conflating groups too."""
        known, mark = self.index.known, self.scheduler.mark
        for (key, _), event in zip(bars, events, strict=True):
            groups = known.get(key)
            if groups is None:
                groups = self.index.learn_bar(key)
            for group in groups:
                if group.conflates:
                    group.waiting_bars.append(event)
                else:
                    group.queue_bars([event])
                    mark(group)
        self.scheduler.wake()

    def turn(self, group: Group) -> None:
        """Schedule a conflating group's frame, if there are new items or a stream waits to join."""
        if group.number != self.ring.number or group.joiners:
            group.due = True
            self.scheduler.mark(group)

    def _collect(self, group: Group) -> None:
        """Complete a group's pending events just before its frame is built."""
        ring = self.ring
        group.status_number = self.status_number
        if group.gaps and group.members:
            self.gaps.write_gaps(group)
        if group.conflates:
            if not group.due:
                return
            group.due = False
            group.pending += self.gaps.turn(group)
            if group.waiting_bars:
                group.pending_bars += len(group.release_bars())
        group.number, group.cursor = ring.number, ring.cursor

    # Status and gaps

    def announce_status(self) -> None:
        """Queue a `status` event with the feed's state for every group."""
        self.status_number += 1
        event = self.status()
        for group in self.groups.values():
            group.notify(event)
            self.scheduler.mark(group)
        self.scheduler.wake()

    def announce_gap(self, reason: str, before: str) -> None:
        """Queue a gap from the cursor `before` to now for every group, followed by the newest values."""
        reloaded = self.gaps.record(reason)
        for group in self.groups.values():
            group.queue_bars(group.release_bars())
            self.gaps.queue_gap(group, before, reloaded)
            group.number, group.cursor = self.ring.number, self.ring.cursor
            self.scheduler.mark(group)
        self.scheduler.wake()

    # Groups

    def join(self, key: GroupKey) -> Group:
        """Return the group of `key`, new if there is none, and count one more stream in it."""
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = self._new_group(key)
        group.users += 1
        return group

    def _new_group(self, key: GroupKey) -> Group:
        group = Group(key, key.selection.among(self.last), self.partitions, key.bar_keys(self.bars))
        group.number, group.cursor = self.ring.number, self.ring.cursor
        group.status_number = self.status_number
        group.written = self.now()
        if group.conflates:
            self._wheel.add(group)
        self.index.add(group)
        return group

    def release(self, group: Group) -> None:
        """Count one stream fewer in a group; remove the group when it has none left."""
        group.users -= 1
        if group.users == 0:
            del self.groups[group.key]
            group.joiners = []
            if group.conflates:
                self._wheel.remove(group)
            self.index.remove(group)

    def close(self) -> None:
        """Stop all timers."""
        self._wheel.close()
        self.scheduler.close()
