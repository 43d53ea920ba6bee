"""Closing: the ways in which the gateway ends a stream with `bye`, but for `lost_rights.py`.

A stream without progress gets no `bye`, because its socket is full: `slow_consumer.py` cuts it.
"""

import asyncio
import random
from collections import Counter

import structlog

from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol import events
from tickcast.gateway.streams.registry import Registry
from tickcast.gateway.streams.subscriber import Subscriber

STEP = 0.02
"""Seconds between two steps of a drain."""

PACE = 0.1
"""Seconds between two streams of a drain, at most: a few streams need not take the whole window."""

log = structlog.get_logger()


class Closing:
    """Ends streams: each at its maximum age, and all when the gateway drains."""

    def __init__(self, registry: Registry, max_age: float, window: float) -> None:
        """Close a stream after `max_age` seconds, less up to a fifth; drain in `window` seconds."""
        self.byes = Counter({"drain": 0, "max_age": 0, "overload": 0, "expired": 0, "revoked": 0})
        """Streams ended with `bye`, by reason."""
        self.draining = False
        """Whether the drain has begun; it never stops again."""
        self._registry = registry
        self._max_age = max_age
        self._window = window
        self._loop = asyncio.get_running_loop()

    def limit_age(self, subscriber: Subscriber) -> None:
        """Set the time when a new stream ends, at random: so clients spread over the gateways again."""
        subscriber.expires = self._loop.time() + self._max_age * random.uniform(0.8, 1.0)

    def close_old(self) -> None:
        """End the streams that have reached their maximum age."""
        now = self._loop.time()
        for subscriber in [each for each in self._registry if each.expires < now]:
            self.bye(subscriber, "max_age", random.randint(*events.RETRY))

    def bye(self, subscriber: Subscriber, reason: str, wait: int) -> None:
        """End a stream with `bye`; the client should reconnect after `wait` ms."""

        def last_event(cursor: str) -> bytes:
            self.byes[reason] += 1
            return events.bye(reason, wait, cursor)

        subscriber.owner.end(subscriber, last_event)

    async def drain(self, within: float | None = None) -> None:
        """Close all streams step by step, evenly over the window; return when all are gone.

        The window is at most `within` seconds, if given. Each stream gets `bye`. A client that has not read
        its last bytes at the end of the window is cut.
        """
        self.draining = True
        window = self._window if within is None else min(within, self._window)
        subscribers = list(self._registry)
        log.info("draining", streams=len(subscribers), seconds=window)
        began = self._loop.time()
        random.shuffle(subscribers)
        closed = 0
        while closed < len(subscribers):
            upto = _due(self._loop.time() - began, len(subscribers), window)
            for subscriber in subscribers[closed:upto]:
                self.bye(subscriber, "drain", random.randint(*events.DRAIN_RETRY))
            closed = upto
            await asyncio.sleep(STEP)
        await self._cut_left(subscribers, began + window)

    async def _cut_left(self, subscribers: list[Subscriber], end: float) -> None:
        left = [subscriber for subscriber in subscribers if _has_more(subscriber)]
        for _ in range(int((end - self._loop.time()) / STEP)):
            if not left:
                return
            await asyncio.sleep(STEP)
            left = [subscriber for subscriber in left if _has_more(subscriber)]
        for subscriber in left:
            subscriber.abort()
            subscriber.lost()


def _due(passed: float, count: int, window: float) -> int:
    """Return how many of `count` streams must be closed after `passed` seconds of the window."""
    # The last fifth of the window is for bytes that are still in buffers.
    part = passed / (window * 0.8) if window else 1.0
    return min(count, max(int(part * count), 1 + int(passed / PACE)))


def _has_more(subscriber: Subscriber) -> bool:
    """Tell whether bytes wait for the socket, or `bye` for the end of a round."""
    return subscriber.state is not State.CLOSED or subscriber.waiting() > 0
