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
        replay = self._replay(subscriber, numbers, cursor)
        subscriber.replay, subscriber.number, subscriber.cursor = replay, replay.number, cursor
        return replay.count, self._take(subscriber, replay)

    def next(self, subscriber: Subscriber, give_up: bool) -> list[bytes]:
        """Return the next events that a stream lacks up to now, and record that it stands after them.

        If there are more, `Subscriber.replay` has the rest. With `give_up` the stream has replayed for too
        long: it gets a gap and the newest values instead.
        """
        number, ring, replay = subscriber.number, self._ring, subscriber.replay
        if number == ring.number:
            return []
        covered = ring.covers(replay.numbers) if replay else number >= ring.floor
        if give_up or not covered:
            subscriber.lagged, subscriber.replay = 0.0, None
            if gap := self._owed_gap(subscriber):
                return gap
        if subscriber.replay is None:
            subscriber.replay = self._replay(subscriber, [number] * self._partitions)
        return self._take(subscriber, subscriber.replay)

    def after_lag(self, subscriber: Subscriber) -> list[bytes]:
        """Return a slow consumer's gap and the newest values; an empty list if it missed nothing."""
        events = self._owed_gap(subscriber)
        self.stand_now(subscriber)
        return events

    def _owed_gap(self, subscriber: Subscriber) -> list[bytes]:
        """Return the gap that a stream is owed which cannot be replayed; an empty list if it missed nothing.

        What the feed lost is told to every stream, with the feed's reason. Else the ring dropped events
        while the client was reading; if no value has changed since, it missed none.
        """
        reason = self._gaps.feed_gap_after(subscriber.number)
        if reason is None and not self._gaps.lacks_events(subscriber.number, subscriber.group):
            return []
        return self._gap(subscriber, reason or "slow")

    def unreachable(self, subscriber: Subscriber, cursor: str, given_up: bool) -> list[bytes]:
        """Return a gap and a whole snapshot, for a client whose cursor this gateway did not reach.

        `given_up`: Redis does not have it either. Else the feed has skipped it since the stream came.
        """
        reason = "feed" if given_up else self._gaps.feed_gap_after(subscriber.number) or "retention"
        events = self._gaps.gap(reason, cursor, -1, subscriber.group)
        self.stand_now(subscriber)
        return events

    def _replay(self, subscriber: Subscriber, numbers: list[int], came: str = "") -> Replay:
        gaps = self._gaps
        return Replay(self._ring, gaps.last, gaps.notices, subscriber.group, numbers, came)

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
