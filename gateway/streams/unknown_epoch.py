"""Cursors of an epoch that this gateway does not know: an old one, or one that it has not seen yet.

A gateway that slept while Redis lost its data still has the epoch of before. A client that comes from a
better gateway must not be set back to that, so Redis is asked first.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tickcast.gateway.fanout.member import State
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.slices import slice_end
from tickcast.wire.cursor import Cursor

PATIENCE = 3.0
"""Seconds to wait for Redis's answer; after that a gateway that is not ready sends the client away."""


class Undecided(NamedTuple):
    """A stream that is sent nothing yet."""

    cursor: Cursor
    request: StreamRequest
    since: float
    """When it came, in seconds by the loop's clock."""


class UnknownEpochs:
    """Streams that wait until this gateway has proof that its epoch is the newest one."""

    def __init__(
        self,
        ring: Ring,
        state: FeedState,
        decide: Callable[[Subscriber, StreamRequest, Cursor], None],
        send_away: Callable[[Subscriber], None],
    ) -> None:
        """Call `decide` with a stream, its request and its cursor when the epoch is known.

        Call `send_away` with a stream that another gateway serves better.
        """
        self._send_away = send_away
        self._ring = ring
        self._state = state
        self._decide = decide
        self._loop = asyncio.get_running_loop()
        self._undecided: dict[Subscriber, Undecided] = {}
        self._going_on = False
        """Whether further streams are decided in the next iteration of the loop."""

    def add(self, subscriber: Subscriber, cursor: Cursor, request: StreamRequest) -> bool:
        """Let a stream wait; False if its epoch is this gateway's."""
        if cursor.epoch == self._ring.epoch:
            return False
        self._undecided[subscriber] = Undecided(cursor, request, self._loop.time())
        self._state.wanted.set()
        return True

    def look(self) -> None:
        """Decide what can be decided; call it when Redis has answered, and now and then."""
        if self._undecided and not self._going_on:
            self._go_on()

    def _go_on(self) -> None:
        self._look_at(iter([*self._undecided.items()]))

    def _look_at(self, left: Iterator[tuple[Subscriber, Undecided]]) -> None:
        self._going_on = False
        until = slice_end()
        for subscriber, undecided in left:
            if self._undecided.get(subscriber) is undecided:
                self._decide_if_known(subscriber, undecided)
            if self._loop.time() > until:
                self._going_on = True
                self._loop.call_soon(self._look_at, left)
                return

    def _decide_if_known(self, subscriber: Subscriber, undecided: Undecided) -> None:
        known = undecided.cursor.epoch == self._ring.epoch or (
            self._state.is_of(self._ring.log_epochs, undecided.since)
            # Where a partition's log is still that of the cursor, nobody is set back in it.
            and not self._ring.is_ahead(undecided.cursor)
        )
        late = self._loop.time() - undecided.since > PATIENCE
        if subscriber.state is State.CLOSED:
            del self._undecided[subscriber]
        elif known or (late and self._state.is_ready):
            del self._undecided[subscriber]
            self._decide(subscriber, undecided.request, undecided.cursor)
        elif late:
            # Nobody is set back because this gateway is behind.
            del self._undecided[subscriber]
            self._send_away(subscriber)
