"""A group: all subscribers with the same symbols, interval and framing, served by one frame."""

from typing import NamedTuple

from gateway.compression import Encoding, History
from gateway.framing import Framing
from gateway.selection import Selection
from gateway.subscriber import Subscriber
from wire.symbol import partition_of

SHARED = 16
"""Members from which a group's frames are compressed with a history: it is at most 5 KiB for each then."""


class GroupKey(NamedTuple):
    """What its subscribers have in common."""

    selection: Selection
    interval: int
    """ms; 0: every tick."""
    framing: Framing = Framing()


class Group:
    """Members, and the events that wait for the next frame to them.

    A frame is built once and the same bytes go to every member: no task, queue or encoding
    per client.
    """

    __slots__ = (
        "cursor",
        "dirty",
        "due",
        "history",
        "joiners",
        "key",
        "members",
        "notices",
        "number",
        "partitions",
        "pending",
        "slot",
        "symbols",
        "told",
        "users",
        "written",
    )

    def __init__(self, key: GroupKey, symbols: list[bytes], partitions: int) -> None:
        self.key = key
        self.symbols = symbols
        self.partitions = [partition_of(symbol, partitions) for symbol in symbols]
        """The partition of each of `symbols`, beside it."""
        self.users = 0
        """Subscribers in any state."""
        self.members: dict[Subscriber, None] = {}
        """Those that get its frames, in the order in which they came."""
        self.joiners: list[Subscriber] = []
        """Those that become members after the next frame."""
        self.history: History | None = None
        """What all members have had, for the compression of their next frame."""
        self.pending: list[bytes] = []
        self.notices = 0
        """How many of the pending events are no ticks."""
        self.number = 0
        """Number of the newest tick of the last frame: where every member stands."""
        self.cursor = ""
        """The same as a cursor."""
        self.told = 0
        """How many states of the feed its members have been told (`Hub.told`)."""
        self.dirty = False
        """It waits for its frame to be built."""
        self.due = False
        """Its turn has come (conflating groups)."""
        self.slot = 0
        """Its place in the conflation wheel."""
        self.written = 0.0
        """When its last frame was built, by the loop's clock; silence counts from it."""

    @property
    def conflates(self) -> bool:
        """Tell whether the group gets the newest values at its turns, not every tick."""
        return self.key.interval > 0

    def learn(self, symbol: bytes, partitions: int) -> None:
        """Take in a symbol that a prefix of the selection matches."""
        self.symbols.append(symbol)
        self.partitions.append(partition_of(symbol, partitions))

    def notify(self, event: bytes) -> None:
        """Let an event that is no tick wait for the next frame."""
        self.pending.append(event)
        self.notices += 1

    def admit(self, subscriber: Subscriber) -> None:
        """Let in a member, who has had none of the frames so far."""
        self.members[subscriber] = None
        if self.history is not None:
            self.history.forget()

    def take(self) -> tuple[bytes, int]:
        """Return the frame of all pending events, and how many of them are ticks."""
        pending = self.pending
        ticks = len(pending) - self.notices
        self.pending = []
        self.notices = 0
        return self.key.framing.frame(pending, self._shared_history()), ticks

    def _shared_history(self) -> History | None:
        encoding = self.key.framing.encoding
        if encoding is Encoding.IDENTITY or len(self.members) < SHARED:
            self.history = None
        elif self.history is None:
            self.history = History(encoding)
        return self.history

    def skip(self) -> None:
        """Drop what is pending: nobody is there to get it."""
        self.pending = []
        self.notices = 0
