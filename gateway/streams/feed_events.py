"""What streams are told of the feed: `status` and `heartbeat`, made from its state."""

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol import events


def status_event(state: FeedState) -> bytes:
    """Return the event that says whether the feed is live, for how many ms not, and why."""
    return events.status(state.name, state.silence(), state.reason)


def heartbeat_event(state: FeedState, cursor: str) -> bytes:
    """Return the event that tells a silent stream how the feed is."""
    return events.heartbeat(state.name, state.age(), cursor)
