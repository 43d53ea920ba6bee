"""Slow consumers: what follows from a full socket buffer, and the cut of a stream without progress."""

import asyncio

from tickcast.gateway.streams.missed import MissedEvents
from tickcast.gateway.streams.subscriber import Subscriber

CHASE = 5.0
"""Seconds a lagging stream may spend replaying; after that it gets a gap and the newest values."""

BRIEF = 1.0
"""Seconds of lag up to which a stream is replayed without a gap: a burst fills any socket for a moment."""


class SlowConsumers:
    """The streams whose sockets are full."""

    def __init__(self, missed: MissedEvents, stall: float) -> None:
        """Cut a stream after `stall` seconds without progress."""
        self.full: set[Subscriber] = set()
        """Streams whose sockets are full."""
        self.stalled = 0
        """Streams cut because they made no progress."""
        self.brief = BRIEF
        """BRIEF; tests set it."""
        self._missed = missed
        self._stall = stall
        self._loop = asyncio.get_running_loop()

    def watch(self, subscriber: Subscriber) -> None:
        """Watch the progress of a stream whose socket has become full."""
        self.full.add(subscriber)
        subscriber.since, subscriber.buffered = self._loop.time(), subscriber.waiting()

    def forget(self, subscriber: Subscriber) -> None:
        """Stop watching a stream: its socket has drained, or is closed."""
        self.full.discard(subscriber)

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
        for subscriber in list(self.full):
            waiting = subscriber.waiting()
            if waiting < subscriber.buffered:
                subscriber.since, subscriber.buffered = now, waiting
            elif now - subscriber.since > self._stall:
                self.stalled += 1
                subscriber.abort()
                subscriber.lost()
