"""Heartbeats, and the one timer for all streams.

A timer for each idle client would cost more than its traffic.
"""

import asyncio
from collections.abc import Sequence

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.feed_events import PERIOD, heartbeat_event, silence
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.old_notices import forget_notices
from tickcast.gateway.streams.resume import Resume


class Heartbeat:
    """Sends heartbeats to the silent groups of a feed; lets other parts cut and check its streams."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        resume: Resume,
        state: FeedState,
        heartbeat: int,
    ) -> None:
        """Send a heartbeat after `heartbeat` ms of silence, or after less where a group asks for that."""
        self._lifecycle = lifecycle
        self._resume = resume
        self._state = state
        self._silence = silence(heartbeat)

    def look(self) -> None:
        """Look after all streams of the feed; call it every PERIOD seconds."""
        self.send()
        self._lifecycle.slow.cut_stalled()
        self._lifecycle.hub.reprice()
        self._lifecycle.slow.cut_beyond()
        self._resume.check()
        self._lifecycle.hub.forget_retired()
        forget_notices(self._lifecycle)

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
                # Its joiners get no frame before its turn, which may be an hour away: send them their own.
                self._lifecycle.interrupt_joiners(group, lambda each: heartbeat_event(self._state, each))
        hub.scheduler.wake()


async def run_timer(closing: Closing, heartbeats: Sequence[Heartbeat]) -> None:
    """Look after all streams of a gateway, by the heartbeat of each of its feeds, until cancelled."""
    while True:
        await asyncio.sleep(PERIOD)
        closing.close_old()
        for each in heartbeats:
            each.look()
