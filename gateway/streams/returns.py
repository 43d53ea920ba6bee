"""Returns: subscribers whose sockets have drained go on, a bounded number in each turn of the loop."""

import asyncio
from collections import deque

from tickcast.gateway.streams.subscriber import Subscriber

MOST = 64
"""In one turn of the loop: after an overload thousands of sockets drain at once."""

SLICE = 0.005
"""Seconds in one turn, at most, but for the one that was begun: each may need a large snapshot."""


class Returns:
    """Lets them go on at once while they are few, else in the order in which they drained."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Subscriber] = deque()
        self._done = 0
        """How many went on in this turn of the loop."""
        self._until = 0.0
        """When the time of this turn is used up."""

    def add(self, subscriber: Subscriber) -> None:
        """Let one go on, now or soon."""
        if not self._waiting and self._has_room():
            self._go_on(subscriber)
        else:
            self._waiting.append(subscriber)

    def later(self, subscriber: Subscriber) -> None:
        """Let one go on soon: it has had its turn, and its socket could take more."""
        if self._done == 0 and not self._waiting:
            self._loop.call_soon(self._next_turn)
        self._waiting.append(subscriber)

    def _has_room(self) -> bool:
        return self._done == 0 or (self._done < MOST and self._loop.time() < self._until)

    def _go_on(self, subscriber: Subscriber) -> None:
        self._done += 1
        if self._done == 1:
            self._until = self._loop.time() + SLICE
            self._loop.call_soon(self._next_turn)
        subscriber.go_on()

    def _next_turn(self) -> None:
        self._done = 0
        while self._waiting and self._has_room():
            self._go_on(self._waiting.popleft())
