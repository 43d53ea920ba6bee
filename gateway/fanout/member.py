"""What a group knows of its members: the states of a stream, and the four names of `Member`.

WAITING  its client's cursor is ahead of this gateway
OPENING  it is sent a snapshot or the events it missed, piece by piece as its socket drains
JOINING  it has these, and becomes a member of its group after the group's next frame
LIVE     it gets every frame of its group
LAGGING  its socket is full: it is sent nothing, so that its memory stays bounded
CLOSED   the client has gone, or the gateway has ended the stream

Only `streams/lifecycle.py` changes a state.
"""

from enum import Enum
from typing import Protocol


class State(Enum):
    """The state of a stream; the module says what each means."""

    WAITING = "waiting"
    OPENING = "opening"
    JOINING = "joining"
    LIVE = "live"
    LAGGING = "lagging"
    CLOSED = "closed"


class Member(Protocol):
    """One stream, as its group and the scheduler see it."""

    @property
    def state(self) -> State:
        """The state of the stream; only a LIVE member gets frames."""

    @property
    def write(self) -> "Write":
        """The function that sends one chunk; it never waits."""

    def abort(self) -> None:
        """Cut the connection."""

    def lost(self) -> None:
        """Remove the stream: its client has gone, or the gateway has cut it."""


class Write(Protocol):
    """A function that sends one chunk; it never waits."""

    def __call__(self, frame: bytes, /) -> object:
        """Send `frame`, one chunk of the response."""
