"""Arrears: what a stream lacks that is no member of its group, or else the gap that says so."""

from typing import NamedTuple

from tickcast.gateway.fanout.group import Gap, Group, Span
from tickcast.gateway.fanout.memory import Memory
from tickcast.gateway.protocol import sse
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.streams.replay import Replay
from tickcast.gateway.streams.subscriber import Subscriber


class Reloaded(NamedTuple):
    """What a gap in the feed has brought, as it was then."""

    ticks: LastValues
    bars: LastValues


class Arrears:
    """Gives what was missed, exactly where that can be had; tells gaps, and counts them."""

    def __init__(self, memory: Memory, partitions: int) -> None:
        self.gaps = {"slow": 0, "retention": 0, "feed": 0}
        """Gaps told, by reason."""
        self._memory = memory
        self._partitions = partitions
        # The last gap in the feed, for those who are not members of a group when it is told.
        self._reason, self._number = "feed", 0

    def note(self, reason: str) -> Reloaded:
        """Take note that the feed has a gap now; return what was reloaded, which has the gap's own number."""
        memory = self._memory
        self._reason, self._number = reason, memory.ring.number
        before = memory.ring.floor - 1
        return Reloaded(memory.last.newer(before), memory.bars.newer(before))

    def owe(self, group: Group, before: str, reloaded: Reloaded) -> None:
        """Let a group's members be told of that gap, from the cursor `before` on, with their next frame."""
        # What they are owed every one of is pending already, if it is from before the gap; all they
        # lack is what was reloaded.
        ring, ticks = self._memory.ring, reloaded.ticks
        known = number = ring.floor - 1
        if group.conflates:
            number, ticks = group.number, self._memory.last
        span = Span(number, known, ring.number, ring.cursor)
        group.owe_gap(Gap(len(group.pending), self._reason, before, span, ticks, reloaded.bars))

    def settle(self, group: Group) -> None:
        """Write the gaps that a group is owed where they belong among its pending events."""
        for gap in reversed(group.gaps):
            events = self._memory.gap_of(group, gap)
            group.pending[gap.place : gap.place + 1] = events
            group.notices += len(events) - 1
            self.gaps[gap.reason] += len(group.members)
        group.gaps = ()

    def resume(self, subscriber: Subscriber, numbers: list[int], cursor: str) -> tuple[int, list[bytes]]:
        """Let one that came with a cursor go on behind `numbers`, as `Ring.numbers` told them.

        Returns how many events it lacks, and the first of them as `of` does.
        """
        replay = self._memory.replay(numbers, subscriber.group)
        subscriber.replay, subscriber.number, subscriber.cursor = replay, replay.number, cursor
        return replay.count, self._take(subscriber, replay)

    def of(self, subscriber: Subscriber, chasing: bool) -> list[bytes]:
        """Return the next of what it lacks up to now, and note that it stands behind that.

        If that is not all, `Subscriber.replay` is what goes on. `chasing`: it has tried for so long
        that it shall be let off.
        """
        memory, group, number = self._memory, subscriber.group, subscriber.number
        if number == memory.ring.number:
            return []
        if number < memory.ring.floor or chasing:
            subscriber.lagged, subscriber.replay = 0.0, None
            # What is as it was then was not missed, though the ring no longer goes back so far.
            if memory.is_owed_more(number, group):
                # Either the feed itself has a gap, or the ring went on while it took what it was sent.
                return self._gap(subscriber, self._reason if number < self._number else "slow")
        if subscriber.replay is None:
            subscriber.replay = memory.replay([number] * self._partitions, group)
        return self._take(subscriber, subscriber.replay)

    def _take(self, subscriber: Subscriber, replay: Replay) -> list[bytes]:
        events = replay.take()
        subscriber.number = replay.number
        if replay.is_over:
            subscriber.cursor, subscriber.replay = replay.cursor, None
        elif events and not subscriber.group.conflates:
            subscriber.cursor = sse.cursor_of(events[-1])
        return events

    def of_slow(self, subscriber: Subscriber) -> list[bytes]:
        """Return the gap of one that was too slow, and the newest; nothing if nothing was kept from it."""
        memory = self._memory
        if memory.is_owed_more(subscriber.number, subscriber.group):
            return self._gap(subscriber, "slow")
        subscriber.number, subscriber.cursor = memory.ring.number, memory.ring.cursor
        return []

    def _gap(self, subscriber: Subscriber, reason: str) -> list[bytes]:
        self.gaps[reason] += 1
        ring = self._memory.ring
        events = self._memory.gap(reason, subscriber.cursor, subscriber.number, subscriber.group)
        subscriber.number, subscriber.cursor = ring.number, ring.cursor
        return events
