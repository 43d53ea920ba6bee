"""The send queue: resumes sending to streams whose sockets are writable, some in each loop iteration."""

import asyncio
from collections import deque
from collections.abc import Callable

from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.slices import slice_end

STREAMS_AT_ONCE = 64
"""Streams in one iteration of the loop, at most: after an overload thousands of sockets drain at once.

The time slice is a second bound, because each stream may need a large snapshot.
"""


class SendQueue:
    """Resumes streams at once while they are few, else in the order in which their sockets drained."""

    def __init__(self, go_on: Callable[[Subscriber], None]) -> None:
        """Call `go_on` for each stream when its turn comes."""
        self._go_on = go_on
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Subscriber] = deque()
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
            self._until = slice_end()
            self._loop.call_soon(self._next_iteration)
        self._go_on(subscriber)

    def _next_iteration(self) -> None:
        self._done = 0
        while self._waiting and self._has_room():
            self._continue(self._waiting.popleft())
