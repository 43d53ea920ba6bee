"""The events about the feed, `status` and `heartbeat`, made from its state; and when a heartbeat is due."""

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol import events

PERIOD = 0.5
"""Seconds between two looks whether one is due."""


def silence(heartbeat: int) -> float:
    """Return the seconds of silence after which a heartbeat is sent, for `heartbeat` in ms.

    The look comes up to a period late, and a heartbeat must not be late.
    """
    return max(heartbeat / 1000 - PERIOD, heartbeat / 2000)


def status_event(state: FeedState) -> bytes:
    """Return the event with the feed's state, live or stale, the newest batch's age, and the reason."""
    return events.status(state.name, state.age(), state.reason)


def heartbeat_event(state: FeedState, cursor: str) -> bytes:
    """Return the event for a silent stream at `cursor`: the feed's state and the newest batch's age."""
    return events.heartbeat(state.name, state.age(), cursor)
