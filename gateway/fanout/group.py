"""A group: all streams with the same symbols, interval and framing, served by one frame."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from tickcast.gateway.fanout.member import Member
from tickcast.gateway.limits.stream_bytes import Account
from tickcast.gateway.protocol.compression import Encoding, History
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.sse import chunk
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import symbol_of
from tickcast.wire.symbol import partition_of

EVERY_BAR = 10_000
"""Longest interval in ms whose groups get every bar: all that come meanwhile wait for the turn."""

MAX_WAITING = 2000
"""Bars that wait for the turn of a group with a longer interval, at most: about 500 KB, if no other has them.

Bars come twice a second for each symbol, so without a bound those of an hour would fill the memory.
"""

MIN_SHARERS = 16
"""Members from which a group compresses with a shared history: it costs at most 5 KiB for each member."""


class Span(NamedTuple):
    """The range of item numbers (`LastValues`) that a snapshot covers.

    It begins after `ticks_after` for ticks and after `bars_after` for bars.
    """

    ticks_after: int
    bars_after: int
    end: int
    """The last item number of the range."""
    cursor: str
    """`end` as a cursor."""


class Gap(NamedTuple):
    """A gap in the feed that is queued for the group's next frame."""

    place: int
    """Index of its placeholder in `Group.pending`."""
    reason: str
    before: str
    """The cursor where the gap begins."""
    span: Span
    """The range that the snapshot after the gap covers."""
    ticks: LastValues
    """The ticks of that snapshot; where every later tick follows, a copy from the moment the gap ended."""
    bars: LastValues
    """The bars of that snapshot, a copy from the moment the gap ended: every later bar follows."""


class Group:
    """The members of a group, and the events pending for their next frame.

    A frame is built once and its bytes go to every member: no client has a task, a queue or an encoder
    of its own.
    """

    __slots__ = (
        "absent",
        "awaited",
        "bar_partitions",
        "bars",
        "bars_bounded",
        "bars_lost",
        "charged",
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
        "payers",
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
        # Read for every frame, so these are attributes and not properties.
        self.conflates = key.interval > 0
        """Whether the group gets the newest values at its turns instead of every tick."""
        self.plain = key.framing == Framing()
        """Whether its events are sent unchanged, with neither compression nor `ticks` arrays."""
        self.symbols = symbols
        # All of 100,000 symbols would be hashed for nothing, in one step.
        self.partitions = (
            [partition_of(symbol, partitions) for symbol in symbols] if partitions > 1 else [0] * len(symbols)
        )
        """The partition of each symbol, in the order of `symbols`."""
        self.absent = 0
        """How many of the symbols it keeps by a prefix alone, and the feed does not have now."""
        self.bars: list[bytes] = []
        """The bar keys that the group wants."""
        self.bar_partitions: list[int] = []
        """The partition of each bar key, in the order of `bars`."""
        for bar in bars:
            self.learn_bar(bar, partitions)
        self.users = 0
        """Number of streams that belong to the group, in any state."""
        self.payers: dict[Account, int] = {}
        """How many of them each address has."""
        self.charged = 0
        """Bytes that the group counts for (`limits/stream_bytes.py`)."""
        self.awaited = 0
        """How many of its keys the feed had not had when it was made."""
        self.members: dict[Member, None] = {}
        """The streams that get its frames, in the order in which they joined; an ordered set."""
        self.joiners: list[Member] = []
        """Streams that become members after the next frame."""
        self.history: History | None = None
        """The compression history that all members share; None: every frame is compressed by itself."""
        self.pending: list[bytes] = []
        """The events of the next frame, in order."""
        self.notices = 0
        """How many of the pending events are neither ticks nor bars."""
        self.pending_bars = 0
        """How many of the pending events are bars."""
        self.gaps: tuple[Gap, ...] = ()
        """Queued gaps, each with a placeholder in `pending`.

        They are written when the frame is built: thousands of snapshots at once would take too long.
        """
        self.waiting_bars: list[bytes] = []
        """Bar events that wait for the next turn (conflating groups)."""
        self.bars_bounded = key.interval > EVERY_BAR
        """Whether no more than MAX_WAITING of them may wait."""
        self.bars_lost = False
        """Whether more bars came since its last turn than may wait: the members get a gap instead."""
        self.number = 0
        """Number of the newest item that the last frame covers: where every member stands."""
        self.cursor = ""
        """`number` as a cursor."""
        self.framed = (0, "")
        """Number and cursor where its last frame ends; while a gap is queued, `number` is ahead of that."""
        self.status_number = 0
        """`Hub.status_number` of the newest feed state that its members have been sent."""
        self.dirty = False
        """Whether it is in the scheduler's queue for a frame."""
        self.due = False
        """Whether its turn has come (conflating groups)."""
        self.slot = 0
        """Its slot in the conflation wheel (conflating groups)."""
        self.written = 0.0
        """When its last frame was built, in seconds by the loop's clock; silence counts from then."""

    def learn(self, symbol: bytes, partitions: int) -> None:
        """Add a symbol that a prefix of the selection matches."""
        self.symbols.append(symbol)
        self.partitions.append(partition_of(symbol, partitions))

    def learn_bar(self, key: bytes, partitions: int) -> None:
        """Add a bar key."""
        self.bars.append(key)
        self.bar_partitions.append(partition_of(symbol_of(key), partitions))

    def forget(self, keys: set[bytes]) -> None:
        """Remove symbols and bar keys, which a prefix of the selection had matched."""
        kept = [pair for pair in zip(self.symbols, self.partitions, strict=True) if pair[0] not in keys]
        self.symbols, self.partitions = [each for each, _ in kept], [each for _, each in kept]
        kept = [pair for pair in zip(self.bars, self.bar_partitions, strict=True) if pair[0] not in keys]
        self.bars, self.bar_partitions = [each for each, _ in kept], [each for _, each in kept]

    def exact(self) -> tuple[Iterable[bytes], Iterable[int]]:
        """Return the symbols and bar keys of which members get every event, and the partition of each."""
        if self.conflates:
            return self.bars, self.bar_partitions
        if not self.bars:
            return self.symbols, self.partitions
        return chain(self.symbols, self.bars), chain(self.partitions, self.bar_partitions)

    def notify(self, event: bytes) -> None:
        """Queue an event that is neither tick nor bar for the next frame."""
        self.pending.append(event)
        self.notices += 1

    def queue_gap(self, gap: Gap) -> None:
        """Queue a gap for the next frame, with a placeholder among the pending events."""
        self.gaps += (gap,)
        self.notify(b"")

    def admit(self, member: Member) -> None:
        """Add a member. It has had none of the frames so far, so the next one must not refer to them."""
        self.members[member] = None
        if self.history is not None:
            self.history.forget()

    def queue_bars(self, events: list[bytes]) -> None:
        """Queue bar events for the next frame."""
        self.pending += events
        self.pending_bars += len(events)

    def keep_bar(self, event: bytes) -> None:
        """Let a bar event wait for the turn where they are bounded; of too many none is kept."""
        if len(self.waiting_bars) == MAX_WAITING:
            self.waiting_bars, self.bars_lost = [], True
        if not self.bars_lost:
            self.waiting_bars.append(event)

    def release_bars(self) -> list[bytes]:
        """Return and clear the bar events that wait for the next turn."""
        bars, self.waiting_bars, self.bars_lost = self.waiting_bars, [], False
        return bars

    def take(self) -> tuple[bytes, int, int]:
        """Take all pending events; return their frame, its number of ticks and its number of bars."""
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
        """Clear the pending events: they are in a frame, or the group has no members."""
        self.pending, self.gaps = [], ()
        self.notices = self.pending_bars = 0
