"""What a stream missed while it was no member of its group: a replay of it, or else the gap that says so."""

from tickcast.gateway.fanout.gaps import Gaps
from tickcast.gateway.protocol.sse import cursor_of
from tickcast.gateway.streams.replay import Replay
from tickcast.gateway.streams.subscriber import Subscriber


class MissedEvents:
    """Gives each stream what it lacks, exactly where the ring still covers it."""

    def __init__(self, gaps: Gaps, partitions: int) -> None:
        self._gaps = gaps
        self._ring = gaps.ring
        self._partitions = partitions

    def stand_now(self, subscriber: Subscriber) -> None:
        """Note that a stream has everything up to now."""
        subscriber.number, subscriber.cursor = self._ring.number, self._ring.cursor

    def resume(self, subscriber: Subscriber, numbers: list[int], cursor: str) -> tuple[int, list[bytes]]:
        """Begin a replay behind `numbers`, which `Ring.numbers` gave for a client's cursor.

        Returns how many events the client lacks, and the first of them as `next` does.
        """
        replay = self._replay(subscriber, numbers)
        subscriber.replay, subscriber.number, subscriber.cursor = replay, replay.number, cursor
        return replay.count, self._take(subscriber, replay)

    def next(self, subscriber: Subscriber, give_up: bool) -> list[bytes]:
        """Return the next of what a stream lacks up to now, and note that it stands behind that.

        If that is not all, `Subscriber.replay` has the rest. `give_up`: the stream has replayed for so
        long that it gets a gap and the newest values instead.
        """
        number, ring = subscriber.number, self._ring
        if number == ring.number:
            return []
        if number < ring.floor or give_up:
            subscriber.lagged, subscriber.replay = 0.0, None
            # Values that are as they were then were not missed, though the ring no longer goes back so far.
            if self._gaps.lacks_events(number, subscriber.group):
                # Either the feed has a gap, or the ring went on while the client took what it was sent.
                return self._gap(subscriber, self._gaps.reason_after(number))
        if subscriber.replay is None:
            subscriber.replay = self._replay(subscriber, [number] * self._partitions)
        return self._take(subscriber, subscriber.replay)

    def after_lag(self, subscriber: Subscriber) -> list[bytes]:
        """Return the gap of a slow consumer, and the newest; nothing if nothing was kept from it."""
        if self._gaps.lacks_events(subscriber.number, subscriber.group):
            return self._gap(subscriber, "slow")
        self.stand_now(subscriber)
        return []

    def unreachable(self, subscriber: Subscriber, cursor: str) -> list[bytes]:
        """Return the gap of a client whose cursor the feed never reaches, and a whole snapshot."""
        events = self._gaps.gap("feed", cursor, -1, subscriber.group)
        self.stand_now(subscriber)
        return events

    def _replay(self, subscriber: Subscriber, numbers: list[int]) -> Replay:
        return Replay(self._ring, self._gaps.last, subscriber.group, numbers)

    def _take(self, subscriber: Subscriber, replay: Replay) -> list[bytes]:
        events = replay.take()
        subscriber.number = replay.number
        if replay.is_over:
            subscriber.cursor, subscriber.replay = replay.cursor, None
        elif events and not subscriber.group.conflates:
            subscriber.cursor = cursor_of(events[-1])
        return events

    def _gap(self, subscriber: Subscriber, reason: str) -> list[bytes]:
        events = self._gaps.gap(reason, subscriber.cursor, subscriber.number, subscriber.group)
        self.stand_now(subscriber)
        return events
