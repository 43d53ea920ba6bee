"""A subscriber: one open stream, whatever carries its bytes.

WAITING  came with a cursor that this gateway has not reached yet
OPENING  is being sent a snapshot or what it missed, slice by slice as its socket drains
JOINING  has that, and becomes a member of its group behind the frame that comes next
LIVE     gets every frame of its group
LAGGING  its socket is full: it gets nothing, so that its memory stays bounded
CLOSED
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickcast.gateway.fanout.group import Group, GroupKey
    from tickcast.gateway.fanout.hub import Hub
    from tickcast.gateway.streams.replay import Replay

SLICE = 64 * 1024
"""Bytes that are handed to a socket at once while opening."""

SLICES = 4
"""Slices in one go: to compress them takes about 5 ms, and a large snapshot is six times as much."""


class State(Enum):
    """Where a subscriber stands."""

    WAITING = "waiting"
    OPENING = "opening"
    JOINING = "joining"
    LIVE = "live"
    LAGGING = "lagging"
    CLOSED = "closed"


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
        "hub",
        "lagged",
        "number",
        "replay",
        "since",
        "state",
        "stream",
        "told",
        "wanted",
    )

    hub: Hub
    group: Group

    def __init__(self, stream: str) -> None:
        self.stream = stream
        """The secret half of the id that `hello` tells: who knows it may change the stream."""
        self.wanted: GroupKey | None = None
        """What it has asked for since, until it is there (gateway.move)."""
        self.expires = math.inf
        """When it is closed, by the loop's clock: streams without an end gather on old gateways."""
        self.state = State.OPENING
        self.full = False
        """Bytes wait in its buffer."""
        self.backlog: list[bytes] | None = None
        """Events still to be sent before it joins; the next one last, so that it can be popped."""
        self.replay: Replay | None = None
        """Where the next of them come from, if these are not all."""
        self.number = 0
        """Number of the newest tick it was sent, while it is not live."""
        self.cursor = ""
        """The same as a cursor."""
        self.told = 0
        """How many states of the feed it has been told (`Hub.told`), while it is not live."""
        self.since = 0.0
        """When its buffer was last seen to shrink, or when it began to wait, by the loop's clock."""
        self.lagged = 0.0
        """When its socket took no more while it was live, by the loop's clock."""
        self.buffered = 0
        """The bytes that were in it then."""

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

    def open(self, events: list[bytes]) -> None:
        """Send `events` in order, as fast as the socket takes them, then join the group."""
        events.reverse()
        self.backlog = events
        self.state = State.OPENING
        self._advance()

    def _advance(self) -> None:
        backlog, left = self.backlog, SLICES
        while backlog and not self.full:
            if left == 0:
                self.hub.go_on_soon(self)
                return
            left -= 1
            size, piece = 0, []
            while backlog and size < SLICE:
                piece.append(backlog.pop())
                size += len(piece[-1])
            self.write(self.group.key.framing.frame(piece))
        if not backlog and not self.full:
            self.backlog = None
            if self.replay is None:
                self.hub.admit(self)
            else:
                self.hub.go_on_soon(self)

    def paused(self) -> None:
        """Take note that the socket takes no more."""
        if self.full or self.state is State.CLOSED:
            return
        self.full = True
        if self.state is State.LIVE:
            # What was written up to here is in the buffer and will arrive: the lag starts after it.
            self.state = State.LAGGING
            self.lagged = self.hub.now()
            group = self.group
            del group.members[self]
            (self.number, self.cursor), self.told = group.framed, group.told
        self.hub.fills(self)

    def drained(self) -> None:
        """Take note that everything written has left this process."""
        if not self.full or self.state is State.CLOSED:
            return
        self.full = False
        self.hub.drains(self)

    def go_on(self) -> None:
        """Be sent what comes next, now that the socket takes more."""
        if self.state is State.OPENING:
            if not self.backlog and self.replay is not None:
                self.backlog = self.hub.missed(self)[::-1]
            self._advance()
        elif self.state is State.LAGGING:
            self.hub.catch_up(self)

    def lost(self) -> None:
        """Take note that the client has gone."""
        if self.state is not State.CLOSED:
            self.hub.leave(self)
