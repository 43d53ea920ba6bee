"""Heartbeats, and the one timer for all streams.

A timer for each idle client would cost more than its traffic.
"""

import asyncio

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.feed_events import PERIOD, heartbeat_event, silence
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.resume import Resume


class Heartbeat:
    """Sends heartbeats to silent groups; lets other parts cut, close and check streams."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        resume: Resume,
        closing: Closing,
        state: FeedState,
        heartbeat: int,
    ) -> None:
        """Send a heartbeat after `heartbeat` ms of silence, or after less where a group asks for that."""
        self._lifecycle = lifecycle
        self._resume = resume
        self._closing = closing
        self._state = state
        self._silence = silence(heartbeat)

    async def run(self) -> None:
        """Run the timer until cancelled."""
        while True:
            await asyncio.sleep(PERIOD)
            self.send()
            self._lifecycle.slow.cut_stalled()
            self._lifecycle.hub.reprice()
            self._lifecycle.slow.cut_beyond()
            self._closing.close_old()
            self._resume.check()
            self._lifecycle.hub.forget_retired()
            self._lifecycle.forget_notices()

    def send(self) -> None:
        """Queue a heartbeat for every group that has been silent, and wake the scheduler."""
        hub = self._lifecycle.hub
        now = hub.now()
        # Most groups stand at the same cursor, so one event serves them all.
        events: dict[str, bytes] = {}
        for group in hub.groups.values():
            asked = group.key.heartbeat
            if now - group.written < (silence(asked) if asked else self._silence):
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
