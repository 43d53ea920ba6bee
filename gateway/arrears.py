"""Arrears: what a stream lacks that is no member of its group, or else the gap that says so."""

from gateway.group import Group
from gateway.memory import Memory
from gateway.subscriber import Subscriber


class Arrears:
    """Gives what was missed, exactly where that can be had; tells gaps, and counts them."""

    def __init__(self, memory: Memory, partitions: int) -> None:
        self.gaps = {"slow": 0, "retention": 0, "feed": 0}
        """Gaps told, by reason."""
        self._memory = memory
        self._partitions = partitions
        # The last gap in the feed, for those who are not members of a group when it is told.
        self._reason, self._number = "feed", 0

    def note(self, reason: str) -> None:
        """Take note that the feed has a gap now."""
        self._reason, self._number = reason, self._memory.ring.number

    def of_group(self, group: Group, reason: str, before: str) -> list[bytes]:
        """Return what tells a group's members of a gap in the feed, and what was reloaded."""
        # What they are owed every one of is pending already, if it is from before the gap; all they
        # lack is what was reloaded, which has the number of the gap itself.
        reloaded = self._memory.ring.floor - 1
        known = group.number if group.conflates else reloaded
        self.gaps[reason] += len(group.members)
        return self._memory.gap(reason, before, known, group, bars_after=reloaded)

    def of(self, subscriber: Subscriber, chasing: bool) -> list[bytes]:
        """Return what it lacks up to now; `chasing`: it has tried for so long that it shall be let off."""
        memory, group, number = self._memory, subscriber.group, subscriber.number
        if number == memory.ring.number:
            return []
        if number < memory.ring.floor or chasing:
            subscriber.lagged = 0.0
            # What is as it was then was not missed, though the ring no longer goes back so far.
            if memory.is_owed_more(number, group):
                # Either the feed itself has a gap, or the ring went on while it took what it was sent.
                return self._gap(subscriber, self._reason if number < self._number else "slow")
        return memory.after([number] * self._partitions, group)

    def of_slow(self, subscriber: Subscriber) -> list[bytes]:
        """Return the gap of one that was too slow, and the newest; nothing if nothing was kept from it."""
        if not self._memory.is_owed_more(subscriber.number, subscriber.group):
            return []
        return self._gap(subscriber, "slow")

    def _gap(self, subscriber: Subscriber, reason: str) -> list[bytes]:
        self.gaps[reason] += 1
        return self._memory.gap(reason, subscriber.cursor, subscriber.number, subscriber.group)
