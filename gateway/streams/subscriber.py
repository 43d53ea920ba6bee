"""A subscriber: the data of one open stream, and its I/O verbs, whatever carries its bytes.

The states and what each means stand in `fanout/member.py`; only `lifecycle.py` changes them:

    WAITING -> OPENING <-> JOINING -> LIVE -> LAGGING -> OPENING ...; CLOSED from any of them
"""

import math
from abc import ABC, abstractmethod
from typing import Protocol

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.streams.replay import Replay


class Owner(Protocol):
    """Whoever decides what a stream does next: the lifecycle."""

    def paused(self, subscriber: "Subscriber") -> None:
        """The socket takes nothing further."""

    def drained(self, subscriber: "Subscriber") -> None:
        """The socket takes bytes again."""

    def lost(self, subscriber: "Subscriber") -> None:
        """The client has gone."""


class Subscriber(ABC):
    """The state of one stream; how its bytes travel is in the subclasses.

    They call `paused` when their buffer is no longer empty, `drained` when it is again, and
    `lost` when the client has gone.
    """

    __slots__ = (
        "backlog",
        "buffered",
        "cursor",
        "expires",
        "full",
        "group",
        "lagged",
        "number",
        "owner",
        "replay",
        "since",
        "state",
        "status_number",
        "stream",
        "wanted",
    )

    owner: Owner
    group: Group

    def __init__(self, stream: str) -> None:
        self.stream = stream
        """The secret half of the id in `hello`: whoever knows it may change the stream."""
        self.wanted: GroupKey | None = None
        """What its client asked for by PATCH, until the stream is in that group."""
        self.expires = math.inf
        """When it is closed, by the loop's clock: streams without an end gather on old gateways."""
        self.state = State.OPENING
        self.full = False
        """Bytes wait in its buffer."""
        self.backlog: list[bytes] | None = None
        """Events still to be sent before it joins; the next one last, so that it can be popped."""
        self.replay: Replay | None = None
        """Where the events behind the backlog come from, if it is not all."""
        self.number = 0
        """Number of the newest tick it was sent, while it is not live."""
        self.cursor = ""
        """The same as a cursor."""
        self.status_number = 0
        """`Hub.status_number` of the newest feed state that it has, while it is not live."""
        self.since = 0.0
        """When its buffer was last seen to shrink, or when it began to wait, by the loop's clock."""
        self.lagged = 0.0
        """When its socket was full while it was live, by the loop's clock; 0: it does not lag."""
        self.buffered = 0
        """Bytes in its buffer at `since`."""

    @abstractmethod
    def write(self, frame: bytes, /) -> None:
        """Send one chunk (`Framing.frame`); never waits."""

    @abstractmethod
    def waiting(self) -> int:
        """Return the bytes that wait in this process to be sent."""

    @abstractmethod
    def finish(self, frame: bytes) -> None:
        """Send one last chunk and end the response; the client may still be slow to take it."""

    @abstractmethod
    def abort(self) -> None:
        """Cut the connection."""

    def paused(self) -> None:
        """Note that the socket takes nothing further."""
        if not self.full and self.state is not State.CLOSED:
            self.full = True
            self.owner.paused(self)

    def drained(self) -> None:
        """Note that everything written has left this process."""
        if self.full and self.state is not State.CLOSED:
            self.full = False
            self.owner.drained(self)

    def lost(self) -> None:
        """Note that the client has gone."""
        if self.state is not State.CLOSED:
            self.owner.lost(self)
