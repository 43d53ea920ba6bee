"""Missed events: a replay of the events a stream missed while it was no member, or else a gap."""

from tickcast.gateway.fanout.gaps import Gaps
from tickcast.gateway.protocol.sse import cursor_of
from tickcast.gateway.streams.replay import Replay
from tickcast.gateway.streams.subscriber import Subscriber


class MissedEvents:
    """Gives each stream the events it lacks: exactly if the ring still covers them, else a gap."""

    def __init__(self, gaps: Gaps, partitions: int) -> None:
        self._gaps = gaps
        self._ring = gaps.ring
        self._partitions = partitions

    def stand_now(self, subscriber: Subscriber) -> None:
        """Record that a stream has everything up to now."""
        subscriber.number, subscriber.cursor = self._ring.number, self._ring.cursor

    def resume(self, subscriber: Subscriber, numbers: list[int], cursor: str) -> tuple[int, list[bytes]]:
        """Begin a replay after `numbers`, which `Ring.numbers` returned for the client's `cursor`.

        Return how many events the client lacks, and the first of them; `next` returns the others.
        """
        replay = self._replay(subscriber, numbers)
        subscriber.replay, subscriber.number, subscriber.cursor = replay, replay.number, cursor
        return replay.count, self._take(subscriber, replay)

    def next(self, subscriber: Subscriber, give_up: bool) -> list[bytes]:
        """Return the next events that a stream lacks up to now, and record that it stands after them.

        If there are more, `Subscriber.replay` has the rest. With `give_up` the stream has replayed for too
        long: it gets a gap and the newest values instead.
        """
        number, ring = subscriber.number, self._ring
        if number == ring.number:
            return []
        if number < ring.floor or give_up:
            subscriber.lagged, subscriber.replay = 0.0, None
            # If no value has changed since, nothing was missed, even though the ring has dropped events.
            if self._gaps.lacks_events(number, subscriber.group):
                # Either the feed has a gap, or the ring dropped events while the client was reading.
                return self._gap(subscriber, self._gaps.reason_after(number))
        if subscriber.replay is None:
            subscriber.replay = self._replay(subscriber, [number] * self._partitions)
        return self._take(subscriber, subscriber.replay)

    def after_lag(self, subscriber: Subscriber) -> list[bytes]:
        """Return a slow consumer's gap and the newest values; an empty list if it missed nothing."""
        if self._gaps.lacks_events(subscriber.number, subscriber.group):
            return self._gap(subscriber, "slow")
        self.stand_now(subscriber)
        return []

    def unreachable(self, subscriber: Subscriber, cursor: str) -> list[bytes]:
        """Return a gap and a whole snapshot, for a client whose cursor the feed never reaches."""
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
