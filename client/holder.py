"""What an upstream gives its events to."""

from collections.abc import Iterable
from typing import Protocol

from tickcast.client.coverage import Coverage
from tickcast.client.sse import Event


class Holder(Protocol):
    """What takes the events of a stream, and holds what makes the next connection go on where it was."""

    cursor: bytes
    """Of the newest event that was taken; empty: there is none."""
    epoch: str
    feed: str
    reason: str
    """Why the feed is stale."""

    @property
    def coverage(self) -> Coverage:
        """What the stream is subscribed to."""
        ...

    def take(self, event: Event) -> None:
        """Take the next event."""
        ...

    def opening(self, entries: Iterable[str], resumes: bool, wanted: Iterable[str]) -> None:
        """A stream of these entries is asked for, maybe with the cursor; the rest of `wanted` is added."""
        ...

    def disconnected(self, reason: str, wait: float) -> None:
        """There is no stream, and the next attempt comes after so many seconds."""
        ...
