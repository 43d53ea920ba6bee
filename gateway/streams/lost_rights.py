"""Lost rights: streams whose grant has expired, or is proved by nothing any more, are ended, in slices."""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from itertools import count

from tickcast.access.grant import Grant
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol import events
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.registry import Registry
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.runtime.slices import Slices

PERIOD = 0.5
"""Seconds between two looks: a stream outlives its grant by so long, and by the work before it."""

SPARE = 1000
"""Grants that are remembered beyond two for each stream: then those of now are gathered again."""


class LostRights:
    """Ends the streams of this gateway that have lost their right.

    All streams are judged only when what proves grants has changed; else only those that have come or were
    renewed since, and those whose grant expires.
    """

    def __init__(self, registry: Registry, closing: Closing) -> None:
        self.is_proved: Callable[[Grant], bool] = lambda grant: True
        """Returns whether what proved a grant is still valid."""
        self.proofs: Callable[[], object] = lambda: None
        """Returns something that differs from before if `is_proved` may."""
        self.judged = 0
        """Streams that were looked at, so far."""
        self._registry = registry
        self._closing = closing
        self._slices = Slices()
        self._proofs: object = None
        self._expiring: list[tuple[float, int, Subscriber]] = []
        """When a grant expires, in seconds since the epoch, and the stream that had it: a heap.

        The second item keeps two streams from being compared.
        """
        self._numbers = count()

    async def run(self) -> None:
        """End streams until cancelled."""
        while True:
            await asyncio.sleep(PERIOD)
            await self.look()

    async def look(self) -> None:
        """Judge the streams that may have lost their right since the last look, by the wall clock."""
        now, proofs = time.time(), self.proofs()
        fresh, self._registry.unjudged = self._registry.unjudged, set()
        self._remember(fresh)
        # Before the first wait: what changes while streams are judged is seen by the next look.
        if proofs != self._proofs:
            fresh, self._proofs = set(self._registry.granted), proofs
        async with self._slices:
            for subscriber in fresh:
                self._judge(subscriber, now)
                await self._slices.step()
            while self._expiring and self._expiring[0][0] <= now:
                expires, _, subscriber = heappop(self._expiring)
                # It may have been renewed since, and stands there once more.
                if subscriber.grant is not None and subscriber.grant.expires == expires:
                    self._judge(subscriber, now)
                await self._slices.step()

    def _remember(self, fresh: Iterable[Subscriber]) -> None:
        """Remember when the grants of streams expire."""
        granted = self._registry.granted
        if len(self._expiring) > 2 * len(granted) + SPARE:
            # Most are streams that have ended, or what others had before they were renewed.
            self._expiring.clear()
            fresh = granted
        for subscriber in fresh:
            if subscriber.grant is not None and subscriber.grant.expires is not None:
                heappush(self._expiring, (subscriber.grant.expires, next(self._numbers), subscriber))

    def _judge(self, subscriber: Subscriber, now: float) -> None:
        grant = subscriber.grant
        if grant is None or subscriber.state is State.CLOSED:
            return
        self.judged += 1
        if grant.expires is not None and grant.expires <= now:
            self._end(subscriber, "expired")
        elif not self.is_proved(grant):
            self._end(subscriber, "revoked")

    def _end(self, subscriber: Subscriber, reason: str) -> None:
        if subscriber.full:
            # Prices wait in its buffer that it may not have any more.
            self._closing.byes[reason] += 1
            subscriber.abort()
            subscriber.lost()
        else:
            self._closing.bye(subscriber, reason, random.randint(*events.RETRY))
