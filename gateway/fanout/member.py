"""What a group knows of its members: the states of a stream, and four names.

WAITING  came with a cursor that this gateway has not reached yet
OPENING  takes a snapshot or what it missed, piece by piece as its socket drains
JOINING  has that, and becomes a member of its group behind the next frame
LIVE     gets every frame of its group
LAGGING  its socket is full: nothing is sent, so that its memory stays bounded
CLOSED

Only `streams/lifecycle.py` changes a state.
"""

from enum import Enum
from typing import Protocol


class State(Enum):
    """Where a stream stands."""

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
        """Where it stands; only a LIVE member gets frames."""

    @property
    def write(self) -> "Write":
        """Sends one chunk; never waits."""

    def abort(self) -> None:
        """Cut the connection."""

    def lost(self) -> None:
        """Forget the stream, whose client has gone or was cut."""


class Write(Protocol):
    """Sends one chunk; never waits."""

    def __call__(self, frame: bytes, /) -> object:
        """Send it."""
