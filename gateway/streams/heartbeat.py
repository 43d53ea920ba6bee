"""The sweep: what must be looked after now and then, for all streams at once and none by itself.

One timer for everyone: a timer for each idle client would cost more than its traffic.
"""

import asyncio
import random
from collections.abc import Callable

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.streams.arrival import RETRY, Arrivals, heartbeat_event
from tickcast.gateway.streams.subscriber import State, Subscriber

PERIOD = 0.5
"""Seconds between two sweeps."""


class Sweep:
    """Heartbeats for the silent, an end for the stalled and the old, patience for those who are ahead."""

    def __init__(
        self,
        hub: Hub,
        arrivals: Arrivals,
        state: FeedState,
        bye: Callable[[Subscriber, str, int], None],
        heartbeat: int,
        stall: float,
    ) -> None:
        self.stalled = 0
        """Slow consumers that were cut."""
        self._hub = hub
        self._arrivals = arrivals
        self._state = state
        self._bye = bye
        # A sweep comes up to a period late, and a heartbeat must not.
        self._silence = max(heartbeat / 1000 - PERIOD, heartbeat / 2000)
        self._stall = stall

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(PERIOD)
            now = asyncio.get_running_loop().time()
            self._heartbeats(now)
            self._cut_stalled(now)
            self._close_old(now)
            self._arrivals.check()

    def _heartbeats(self, now: float) -> None:
        # Most groups stand at the same cursor: one event serves them all.
        events: dict[str, bytes] = {}
        ring = self._hub.ring
        for group in self._hub.groups.values():
            if now - group.written < self._silence:
                continue
            cursor = group.cursor if group.conflates else ring.cursor
            event = events.get(cursor)
            if event is None:
                event = events[cursor] = heartbeat_event(self._state, cursor)
            group.notify(event)
            self._hub.fan_out.mark(group)
            if group.conflates:
                self._tell_joiners(group)
        self._hub.fan_out.wake()

    def _tell_joiners(self, group: Group) -> None:
        # They get no frame before the group's next turn, which may be 10 s away.
        joiners, group.joiners = group.joiners, []
        for subscriber in joiners:
            if subscriber.state is State.JOINING:
                subscriber.open([heartbeat_event(self._state, subscriber.cursor)])

    def _cut_stalled(self, now: float) -> None:
        for subscriber in list(self._hub.full):
            waiting = subscriber.waiting()
            if waiting < subscriber.buffered:
                subscriber.since, subscriber.buffered = now, waiting
            elif now - subscriber.since > self._stall:
                self.stalled += 1
                subscriber.abort()
                subscriber.lost()

    def _close_old(self, now: float) -> None:
        for subscriber in [each for each in self._hub.subscribers if each.expires < now]:
            self._bye(subscriber, "max_age", random.randint(*RETRY))
