"""Slow consumers: what follows from a full socket buffer, and the cut of a stream without progress."""

import asyncio

from tickcast.gateway.fanout.footprint import named_bytes, own_bytes
from tickcast.gateway.limits.stream_bytes import StreamBytes
from tickcast.gateway.streams.missed import MissedEvents
from tickcast.gateway.streams.subscriber import Subscriber

CHASE = 5.0
"""Seconds a lagging stream may spend replaying; after that it gets a gap and the newest values."""

BRIEF = 1.0
"""Seconds of lag up to which a stream is replayed without a gap: a burst fills any socket for a moment."""


class SlowConsumers:
    """The streams whose sockets are full."""

    def __init__(self, missed: MissedEvents, stall: float, stream_bytes: StreamBytes) -> None:
        """Cut a stream after `stall` seconds without progress; count what waits for each."""
        self.full: set[Subscriber] = set()
        """Streams whose sockets are full."""
        self.ending: set[Subscriber] = set()
        """Streams that have ended, and whose last bytes wait for their clients."""
        self.stalled = 0
        """Streams cut because they made no progress."""
        self.beyond = 0
        """Streams cut because too much waited for them, or for all streams of their address."""
        self.brief = BRIEF
        """BRIEF; tests set it."""
        self._missed = missed
        self._bytes = stream_bytes
        self._stall = stall
        self._loop = asyncio.get_running_loop()

    def watch(self, subscriber: Subscriber) -> None:
        """Watch the progress of a stream whose socket has become full."""
        self.full.add(subscriber)
        subscriber.since, subscriber.buffered = self._loop.time(), subscriber.waiting()
        self.count(subscriber)

    def forget(self, subscriber: Subscriber) -> None:
        """Stop watching a stream: its socket has drained, or is closed."""
        self.full.discard(subscriber)
        self.count(subscriber)

    def count(self, subscriber: Subscriber) -> None:
        """Count what a stream holds by itself: bytes for a full socket, lists that are not its group's."""
        held = own_bytes(subscriber.asked, subscriber.group.key)
        if subscriber in self.full:
            held += subscriber.waiting() + sum(map(len, subscriber.backlog or ()))
        if subscriber.wanted is not None:
            held += named_bytes(subscriber.wanted, 0)
        if held != subscriber.held:
            self._bytes.hold(subscriber.account, subscriber.held, held)
            subscriber.held = held

    def after_lag(self, subscriber: Subscriber) -> list[bytes]:
        """Return the first events for a lagging stream whose socket has drained.

        Without conflation a long lag ends with a gap; anything else is replayed, and this list is empty.
        """
        if not subscriber.group.conflates and self._loop.time() - subscriber.lagged > self.brief:
            return self._missed.after_lag(subscriber)
        return []

    def missed(self, subscriber: Subscriber) -> list[bytes]:
        """Return the next events that a stream lacks, or a gap if it has replayed for too long."""
        lagging = not subscriber.group.conflates and subscriber.lagged > 0
        return self._missed.next(subscriber, lagging and self._loop.time() - subscriber.lagged > CHASE)

    def cut_stalled(self) -> None:
        """Cut each stream whose buffer has not shrunk for `stall` seconds."""
        now = self._loop.time()
        for subscriber in [*self.full, *self.ending]:
            waiting = subscriber.waiting()
            if not waiting:
                self.ending.discard(subscriber)
            if waiting < subscriber.buffered:
                subscriber.since, subscriber.buffered = now, waiting
            elif now - subscriber.since > self._stall:
                self.stalled += 1
                self.ending.discard(subscriber)
                subscriber.abort()
                subscriber.lost()

    def see_off(self, subscriber: Subscriber) -> None:
        """Watch a stream that has ended until its client has read all."""
        if subscriber.waiting():
            subscriber.since, subscriber.buffered = self._loop.time(), subscriber.waiting()
            self.ending.add(subscriber)

    def cut_beyond(self) -> None:
        """Cut streams that do not read while too much waits, those first whose address holds most.

        What waits for a client that reads is gone in a moment, and one that does not read has to come back.
        """
        over = [each for each in self.full if self._bytes.is_over(each.account)]
        for subscriber in sorted(over, key=lambda each: (each.account.used, each.held), reverse=True):
            if self._bytes.is_over(subscriber.account):
                self.beyond += 1
                subscriber.abort()
                subscriber.lost()
