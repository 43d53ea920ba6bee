"""The events about the feed, `status` and `heartbeat`, made from its state."""

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol import events


def status_event(state: FeedState) -> bytes:
    """Return the event with the feed's state, live or stale, its silence in ms, and the reason."""
    return events.status(state.name, state.silence(), state.reason)


def heartbeat_event(state: FeedState, cursor: str) -> bytes:
    """Return the event for a silent stream at `cursor`: the feed's state and the newest batch's age."""
    return events.heartbeat(state.name, state.age(), cursor)
