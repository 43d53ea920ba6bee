"""SendQueue: streams whose sockets have drained go on, a bounded number in each turn of the loop."""

import asyncio
from collections import deque
from collections.abc import Callable

from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.slices import slice_end

STREAMS_AT_ONCE = 64
"""Streams in one turn of the loop: after an overload thousands of sockets drain at once.

The time slice bounds them too, because each may need a large snapshot.
"""


class SendQueue:
    """Lets streams go on at once while they are few, else in the order in which they drained."""

    def __init__(self, go_on: Callable[[Subscriber], None]) -> None:
        self._go_on = go_on
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Subscriber] = deque()
        self._done = 0
        """How many went on in this turn of the loop."""
        self._until = 0.0
        """When the time of this turn is used up."""

    def add(self, subscriber: Subscriber) -> None:
        """Let a stream go on, now or soon."""
        if not self._waiting and self._has_room():
            self._continue(subscriber)
        else:
            self._waiting.append(subscriber)

    def later(self, subscriber: Subscriber) -> None:
        """Queue a stream that has had its turn, and whose socket could take more."""
        if self._done == 0 and not self._waiting:
            self._loop.call_soon(self._next_iteration)
        self._waiting.append(subscriber)

    def _has_room(self) -> bool:
        return self._done == 0 or (self._done < STREAMS_AT_ONCE and self._loop.time() < self._until)

    def _continue(self, subscriber: Subscriber) -> None:
        self._done += 1
        if self._done == 1:
            self._until = slice_end()
            self._loop.call_soon(self._next_iteration)
        self._go_on(subscriber)

    def _next_iteration(self) -> None:
        self._done = 0
        while self._waiting and self._has_room():
            self._continue(self._waiting.popleft())
