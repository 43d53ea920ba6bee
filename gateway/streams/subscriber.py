"""A subscriber: the data of one open stream and its I/O, whatever transport carries its bytes.

`fanout/member.py` says what each state means; only `lifecycle.py` changes it:

    WAITING -> OPENING <-> JOINING -> LIVE -> LAGGING -> OPENING ...; CLOSED from any of them
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from tickcast.access.grant import Grant
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.member import State
from tickcast.gateway.limits.payers import Payers
from tickcast.gateway.limits.stream_bytes import Account
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.streams.replay import Replay


class Owner(Protocol):
    """The part that decides what a stream does next: the lifecycle."""

    def paused(self, subscriber: "Subscriber") -> None:
        """Handle a full socket: it takes no more bytes."""

    def drained(self, subscriber: "Subscriber") -> None:
        """Handle a socket that is writable again."""

    def end(self, subscriber: "Subscriber", last_event: Callable[[str], bytes]) -> None:
        """End the stream with the event that `last_event` returns for its cursor."""

    def lost(self, subscriber: "Subscriber") -> None:
        """Handle the end of the connection."""


class Subscriber(ABC):
    """One stream; its subclasses send the bytes.

    A subclass calls `paused` when its buffer is no longer empty, `drained` when it is empty again, and
    `lost` when the client has gone.
    """

    __slots__ = (
        "account",
        "asked",
        "backlog",
        "buffered",
        "cursor",
        "expires",
        "full",
        "grant",
        "group",
        "held",
        "lagged",
        "number",
        "owner",
        "payers",
        "replay",
        "sent",
        "since",
        "state",
        "status_number",
        "stream",
        "wanted",
    )

    owner: Owner
    group: Group
    account: Account
    payers: Payers
    """For whom its work counts."""
    asked: GroupKey
    """What its client asks for; the key of its group is the normal form of it."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        """The secret half of the stream's id in `hello`: a client that knows it may change the stream."""
        self.wanted: GroupKey | None = None
        """The key that its client requested by PATCH, until the stream is in that group."""
        self.grant: Grant | None = None
        """What its client may do; None: everything, because nobody asks."""
        self.expires = math.inf
        """When it is closed, in seconds by the loop's clock: endless streams would gather on old gateways."""
        self.state = State.OPENING
        self.full = False
        """Whether bytes wait in its buffer."""
        self.backlog: list[bytes] | None = None
        """Events still to be sent before it joins, in reverse order, so that the next can be popped."""
        self.replay: Replay | None = None
        """The source of the events after the backlog, if there are more."""
        self.number = 0
        """Number of the newest item that it has, while it is not live."""
        self.cursor = ""
        """`number` as a cursor."""
        self.sent = ""
        """The newest cursor it was sent or came with, while a backlog or replay is not all sent; "": none."""
        self.status_number = 0
        """`Hub.status_number` of the newest feed state it was sent, while it is not live."""
        self.since = 0.0
        """When its buffer last shrank, or when it began to wait, in seconds by the loop's clock."""
        self.lagged = 0.0
        """When its socket became full while it was live, in s by the loop's clock; 0: it does not lag."""
        self.buffered = 0
        """Bytes in its buffer at `since`."""
        self.held = 0
        """Bytes that it holds beside its group, as counted: in its buffer, its backlog, its wanted key."""

    @abstractmethod
    def write(self, frame: bytes, /) -> None:
        """Send one chunk (`Framing.frame`); return without waiting."""

    @abstractmethod
    def waiting(self) -> int:
        """Return the number of bytes that wait in this process."""

    @abstractmethod
    def finish(self, frame: bytes) -> None:
        """Send a last chunk and end the response; the client may read it later."""

    @abstractmethod
    def abort(self) -> None:
        """Cut the connection."""

    def paused(self) -> None:
        """Handle a full socket: it takes no more bytes."""
        if not self.full and self.state is not State.CLOSED:
            self.full = True
            self.owner.paused(self)

    def drained(self) -> None:
        """Handle a writable socket: all written bytes have left this process."""
        if self.full and self.state is not State.CLOSED:
            self.full = False
            self.owner.drained(self)

    def lost(self) -> None:
        """Handle the end of the connection."""
        if self.state is not State.CLOSED:
            self.owner.lost(self)
