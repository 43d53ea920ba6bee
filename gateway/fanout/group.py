"""A group: all streams with the same symbols, interval and framing, served by one frame."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from tickcast.gateway.fanout.member import Member
from tickcast.gateway.protocol.compression import Encoding, History
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.sse import chunk
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import symbol_of
from tickcast.wire.symbol import partition_of

MIN_SHARERS = 16
"""Members from which a group's frames are compressed with a history: it is at most 5 KiB for each then."""


class Span(NamedTuple):
    """Numbers of the gateway's count (`LastValues`) between which lies what a stream lacks."""

    ticks_after: int
    bars_after: int
    end: int
    """The newest of them."""
    cursor: str
    """The same as a cursor."""


class Gap(NamedTuple):
    """A gap in the feed that is not yet in a frame of the group."""

    place: int
    """Where among the pending events."""
    reason: str
    before: str
    """The cursor where it begins."""
    span: Span
    """What the snapshot behind it covers."""
    ticks: LastValues
    """Where its ticks are, as they were when the gap ended if every later one follows."""
    bars: LastValues
    """The same of its bars, all of which do."""


class Group:
    """Members, and the events that wait for the next frame to them.

    A frame is built once and the same bytes go to every member: no task, queue or encoding
    per client.
    """

    __slots__ = (
        "bar_partitions",
        "bars",
        "conflates",
        "cursor",
        "dirty",
        "due",
        "framed",
        "gaps",
        "history",
        "joiners",
        "key",
        "members",
        "notices",
        "number",
        "partitions",
        "pending",
        "pending_bars",
        "plain",
        "slot",
        "status_number",
        "symbols",
        "users",
        "waiting_bars",
        "written",
    )

    def __init__(
        self, key: GroupKey, symbols: list[bytes], partitions: int, bars: Iterable[bytes] = ()
    ) -> None:
        self.key = key
        # Asked for each frame, and so no properties.
        self.conflates = key.interval > 0
        """Tells whether the group gets the newest values at its turns, not every tick."""
        self.plain = key.framing == Framing()
        """Tells whether its events are sent as they are."""
        self.symbols = symbols
        self.partitions = [partition_of(symbol, partitions) for symbol in symbols]
        """The partition of each of `symbols`, beside it."""
        self.bars: list[bytes] = []
        """The keys of the bars that are wanted."""
        self.bar_partitions: list[int] = []
        for bar in bars:
            self.learn_bar(bar, partitions)
        self.users = 0
        """Streams that belong to it, in any state."""
        self.members: dict[Member, None] = {}
        """Those that get its frames, all of them live, in the order in which they came."""
        self.joiners: list[Member] = []
        """Those that become members after the next frame."""
        self.history: History | None = None
        """What all members have had, for the compression of their next frame."""
        self.pending: list[bytes] = []
        self.notices = 0
        """How many of the pending events are neither ticks nor bars."""
        self.pending_bars = 0
        """How many of the pending events are bars."""
        self.gaps: tuple[Gap, ...] = ()
        """Each holds its place in `pending` until the frame is built: thousands of snapshots take long."""
        self.waiting_bars: list[bytes] = []
        """Bar events that wait for the next turn (conflating groups)."""
        self.number = 0
        """Number of the newest tick of the last frame: where every member stands."""
        self.cursor = ""
        """The same as a cursor."""
        self.framed = (0, "")
        """Number and cursor where its last frame ends; a gap that waits takes those above ahead of it."""
        self.status_number = 0
        """`Hub.status_number` of the newest feed state that its members have."""
        self.dirty = False
        """It waits for its frame to be built."""
        self.due = False
        """Its turn has come (conflating groups)."""
        self.slot = 0
        """Its place in the conflation wheel."""
        self.written = 0.0
        """When its last frame was built, by the loop's clock; silence counts from it."""

    def learn(self, symbol: bytes, partitions: int) -> None:
        """Take in a symbol that a prefix of the selection matches."""
        self.symbols.append(symbol)
        self.partitions.append(partition_of(symbol, partitions))

    def learn_bar(self, key: bytes, partitions: int) -> None:
        """Take in a bar key."""
        self.bars.append(key)
        self.bar_partitions.append(partition_of(symbol_of(key), partitions))

    def exact(self) -> tuple[Iterable[bytes], Iterable[int]]:
        """Return the keys of which every event is owed, and beside them their partitions."""
        if self.conflates:
            return self.bars, self.bar_partitions
        if not self.bars:
            return self.symbols, self.partitions
        return chain(self.symbols, self.bars), chain(self.partitions, self.bar_partitions)

    def notify(self, event: bytes) -> None:
        """Let an event that is no tick wait for the next frame."""
        self.pending.append(event)
        self.notices += 1

    def queue_gap(self, gap: Gap) -> None:
        """Let a gap wait for the next frame."""
        self.gaps += (gap,)
        self.notify(b"")

    def admit(self, member: Member) -> None:
        """Let in a member, which has had none of the frames so far."""
        self.members[member] = None
        if self.history is not None:
            self.history.forget()

    def queue_bars(self, events: list[bytes]) -> None:
        """Owe bar events to its members."""
        self.pending += events
        self.pending_bars += len(events)

    def release_bars(self) -> list[bytes]:
        """Return the bar events that waited for a turn, and keep them no longer."""
        bars, self.waiting_bars = self.waiting_bars, []
        return bars

    def take(self) -> tuple[bytes, int, int]:
        """Return the frame of all pending events, and how many of them are ticks and bars."""
        pending, bars = self.pending, self.pending_bars
        ticks = len(pending) - self.notices - bars
        self.skip()
        self.framed = self.number, self.cursor
        if self.plain:
            return chunk(b"".join(pending)), ticks, bars
        return self.key.framing.frame(pending, self._shared_history()), ticks, bars

    def _shared_history(self) -> History | None:
        encoding = self.key.framing.encoding
        if encoding is Encoding.IDENTITY or len(self.members) < MIN_SHARERS:
            self.history = None
        elif self.history is None:
            self.history = History(encoding)
        return self.history

    def skip(self) -> None:
        """Drop what is pending: it has been sent, or nobody is there to get it."""
        self.pending, self.gaps = [], ()
        self.notices = self.pending_bars = 0
