"""Waiting streams: their clients have newer batches, from another gateway, than this gateway has."""

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.fanout.member import State
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.feed_events import heartbeat_event, silence
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.slices import slice_end
from tickcast.wire.cursor import Cursor
from tickcast.wire.position import Position

PATIENCE = 3.0
"""Seconds that a gateway may stay behind a client's cursor.

After that it gives the cursor up if Redis is proved to lack it, and sends the client to another gateway if
this one is not ready.
"""


class Awaited(NamedTuple):
    """A batch that the ring must reach, and the stream that waits for it."""

    position: Position
    order: int
    """Orders the streams that wait for the same batch."""
    partition: int
    subscriber: Subscriber
    cursor: Cursor


class CursorQueue:
    """A queue for each partition; a stream is in one queue, of a partition in which its cursor is ahead.

    So a batch costs a look at the head of each queue, however many streams wait.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._queues: list[list[Awaited]] = [[] for _ in range(ring.partitions)]
        self._waiting: dict[Subscriber, Awaited] = {}
        self._count = count()

    def add(self, subscriber: Subscriber, cursor: Cursor) -> bool:
        """Queue a stream until the ring reaches its cursor; False if it has reached it already."""
        partition = self._ring.ahead_in(cursor)
        if partition is None:
            return False
        awaited = Awaited(cursor.positions[partition], next(self._count), partition, subscriber, cursor)
        self._waiting[subscriber] = awaited
        insort(self._queues[partition], awaited)
        return True

    def discard(self, subscriber: Subscriber) -> None:
        """Remove a stream, if it is queued."""
        awaited = self._waiting.pop(subscriber, None)
        if awaited is not None:
            queue = self._queues[awaited.partition]
            del queue[bisect_left(queue, awaited)]

    def reached(self) -> Subscriber | None:
        """Remove and return a stream whose cursor the ring has reached, or return None."""
        for partition, queue in enumerate(self._queues):
            while queue and queue[0].position <= self._ring.position(partition):
                first = queue[0]
                self.discard(first.subscriber)
                if not self.add(first.subscriber, first.cursor):
                    return first.subscriber
        return None


@dataclass
class Waiting:
    """A waiting stream."""

    cursor: Cursor
    request: StreamRequest
    since: float
    """When it began to wait, in seconds by the loop's clock."""
    written: float
    """When it was last sent an event, in seconds by the loop's clock."""


class WaitingStreams:
    """Opens each waiting stream when the ring reaches its cursor, or gives the cursor up."""

    def __init__(
        self,
        hub: Hub,
        state: FeedState,
        heartbeat: int,
        go_on: Callable[[Subscriber, str, Cursor | None], None],
        send_away: Callable[[Subscriber], None],
    ) -> None:
        """Call `go_on` with a stream, its last event id, and its cursor, or None if that is given up.

        Call `send_away` with a stream that another gateway serves better.
        """
        self._send_away = send_away
        self._hub = hub
        self._state = state
        self._heartbeat = heartbeat
        self._go_on_with = go_on
        self._waiting: dict[Subscriber, Waiting] = {}
        self._queue = CursorQueue(hub.ring)
        self._loop = asyncio.get_running_loop()
        self._going_on = False
        """Whether further streams are opened in the next iteration of the loop."""

    def add(self, subscriber: Subscriber, cursor: Cursor, request: StreamRequest) -> bool:
        """Let a stream wait for its cursor; False if the ring has reached it already."""
        if not self._queue.add(subscriber, cursor):
            return False
        now = self._loop.time()
        self._waiting[subscriber] = Waiting(cursor, request, since=now, written=now)
        return True

    def progress(self) -> None:
        """Open the streams whose cursor the ring has reached; call it after every batch."""
        if self._waiting and not self._going_on:
            self._let_go_on()

    def _let_go_on(self) -> None:
        self._going_on = False
        until = slice_end()
        while (subscriber := self._queue.reached()) is not None:
            self._go_on(subscriber, self._waiting[subscriber].cursor)
            if self._loop.time() > until:
                # The ring has reached the cursors of the others as well, and that remains so.
                self._going_on = True
                self._loop.call_soon(self._let_go_on)
                return

    def check(self) -> None:
        """Give up cursors that a feed never reaches; send `status` and heartbeats to the rest."""
        self._look_after(iter([*self._waiting.items()]))

    def _look_after(self, left: Iterator[tuple[Subscriber, Waiting]]) -> None:
        until = slice_end()
        for subscriber, waiting in left:
            now = self._loop.time()
            if subscriber not in self._waiting:
                continue
            if subscriber.state is State.CLOSED:
                self._forget(subscriber)
            elif not self._hub.ring.is_ahead(waiting.cursor):
                self._go_on(subscriber, waiting.cursor)
            elif now - waiting.since > PATIENCE and self._is_lost(waiting):
                self._go_on(subscriber, None)
            elif now - waiting.since > PATIENCE and not self._state.is_ready:
                # A cursor is never set back because this gateway is behind.
                self._forget(subscriber)
                self._send_away(subscriber)
            elif not subscriber.full:
                self._inform(subscriber, waiting, now)
            if now > until:
                self._loop.call_soon(self._look_after, left)
                return

    def _is_lost(self, waiting: Waiting) -> bool:
        """Tell whether Redis is proved to lack what the client has: a lost history, or a forged cursor."""
        ring, cursor = self._hub.ring, waiting.cursor
        partition = ring.ahead_in(cursor)
        if partition is None:
            return False
        epoch = ring.log_epochs[partition]
        return self._state.lacks(partition, epoch, cursor.positions[partition], waiting.since)

    def _inform(self, subscriber: Subscriber, waiting: Waiting, now: float) -> None:
        # The stream is no member of its group yet, so the group's frames do not reach it.
        event = b""
        if subscriber.status_number != self._hub.status_number:
            subscriber.status_number, event = self._hub.status_number, self._hub.status()
        elif now - waiting.written > silence(waiting.request.key.heartbeat or self._heartbeat):
            event = heartbeat_event(self._state, waiting.request.last_event_id)
        if event:
            waiting.written = now
            subscriber.write(waiting.request.key.framing.frame([event]))

    def _forget(self, subscriber: Subscriber) -> Waiting:
        self._queue.discard(subscriber)
        return self._waiting.pop(subscriber)

    def _go_on(self, subscriber: Subscriber, cursor: Cursor | None) -> None:
        last_event_id = self._forget(subscriber).request.last_event_id
        if subscriber.state is State.WAITING:
            self._go_on_with(subscriber, last_event_id, cursor)
