"""The send queue: resumes sending to streams whose sockets are writable, some in each loop iteration."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable

from tickcast.gateway.fanout.member import State
from tickcast.gateway.limits.work import Work
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.metered import metered_step
from tickcast.runtime.slices import short_slice_end

STREAMS_AT_ONCE = 64
"""Streams in one iteration of the loop, at most: after an overload thousands of sockets drain at once.

The time slice is a second bound, because each stream may need a large snapshot.
"""

SHORTEST = 0.02
"""Seconds that a stream waits, at least, while its address or subject has had its share of work."""


class SendQueue:
    """Resumes streams at once while they are few, else in the order in which their sockets drained.

    A stream that opens waits while its address or subject has had its share of work. One that has lagged does
    not: it may be behind because of the network, or of this gateway.
    """

    def __init__(self, go_on: Callable[[Subscriber], None], work: Work) -> None:
        """Call `go_on` for each stream when its turn comes; count in `work` those that have to wait."""
        self._go_on = go_on
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Subscriber] = deque()
        self._held: dict[Hashable, deque[Subscriber]] = {}
        """Streams that wait until their payers may have more work done, by payers; none is empty."""
        self._done = 0
        """Streams resumed in this iteration of the loop."""
        self._until = 0.0
        """End of this iteration's time slice, in seconds by the loop's clock."""

    def add(self, subscriber: Subscriber) -> None:
        """Resume a stream, now or in its turn."""
        if not self._waiting and self._has_room():
            self._continue(subscriber)
        else:
            self._waiting.append(subscriber)

    def later(self, subscriber: Subscriber) -> None:
        """Queue a stream whose socket is still writable; its next piece is sent when its turn comes."""
        if self._done == 0 and not self._waiting:
            self._loop.call_soon(self._next_iteration)
        self._waiting.append(subscriber)

    def _has_room(self) -> bool:
        return self._done == 0 or (self._done < STREAMS_AT_ONCE and self._loop.time() < self._until)

    def _continue(self, subscriber: Subscriber) -> None:
        self._done += 1
        if self._done == 1:
            self._until = short_slice_end()
            self._loop.call_soon(self._next_iteration)
        payers = subscriber.payers
        if subscriber.state is State.OPENING and not subscriber.lagged and (wait := payers.wait()):
            self._hold(subscriber, wait)
            return
        with metered_step(payers):
            self._go_on(subscriber)

    def _next_iteration(self) -> None:
        self._done = 0
        while self._waiting and self._has_room():
            self._continue(self._waiting.popleft())

    def _hold(self, subscriber: Subscriber, wait: float) -> None:
        self._work.held += 1
        whose = subscriber.payers.key
        held = self._held.get(whose)
        if held is None:
            held = self._held[whose] = deque()
            self._loop.call_later(max(wait, SHORTEST), self._release, whose)
        held.append(subscriber)

    def _release(self, whose: Hashable) -> None:
        """Let some of the streams of the same payers go on, once they may have more work done."""
        held = deque(each for each in self._held.pop(whose) if each.state is not State.CLOSED)
        wait = held[0].payers.wait() if held else 0.0
        if not wait:
            for _ in range(min(len(held), STREAMS_AT_ONCE)):
                self.later(held.popleft())
        if held:
            self._held[whose] = held
            self._loop.call_later(max(wait, SHORTEST), self._release, whose)
