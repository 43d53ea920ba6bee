"""Heartbeats, and the one timer for all streams.

A timer for each idle client would cost more than its traffic.
"""

import asyncio

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.feed_events import heartbeat_event
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.waiting import WaitingStreams

PERIOD = 0.5
"""Seconds between two runs of the timer."""


class Heartbeat:
    """Sends heartbeats to silent groups; lets other parts cut, close and check streams."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        waiting: WaitingStreams,
        closing: Closing,
        state: FeedState,
        heartbeat: int,
    ) -> None:
        """Send a heartbeat after `heartbeat` ms of silence."""
        self._lifecycle = lifecycle
        self._waiting = waiting
        self._closing = closing
        self._state = state
        # The timer runs up to a period late, and a heartbeat must not be late.
        self._silence = max(heartbeat / 1000 - PERIOD, heartbeat / 2000)

    async def run(self) -> None:
        """Run the timer until cancelled."""
        while True:
            await asyncio.sleep(PERIOD)
            self.send()
            self._lifecycle.slow.cut_stalled()
            self._closing.close_old()
            self._waiting.check()

    def send(self) -> None:
        """Queue a heartbeat for every group that has been silent, and wake the scheduler."""
        hub = self._lifecycle.hub
        now = hub.now()
        # Most groups stand at the same cursor, so one event serves them all.
        events: dict[str, bytes] = {}
        for group in hub.groups.values():
            if now - group.written < self._silence:
                continue
            cursor = group.cursor if group.conflates else hub.ring.cursor
            event = events.get(cursor)
            if event is None:
                event = events[cursor] = heartbeat_event(self._state, cursor)
            group.notify(event)
            hub.scheduler.mark(group)
            if group.conflates:
                # Its joiners get no frame before its next turn, which may be 10 s away: send them their own.
                self._lifecycle.interrupt_joiners(group, lambda each: heartbeat_event(self._state, each))
        hub.scheduler.wake()
