"""A group: all subscribers with the same symbols, interval and framing, served by one frame."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.compression import Encoding, History
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.selection import BarSelection, Selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.wire.bar import bar_key, interval_of, symbol_of
from tickcast.wire.symbol import partition_of

SHARED = 16
"""Members from which a group's frames are compressed with a history: it is at most 5 KiB for each then."""


class Span(NamedTuple):
    """Numbers of the gateway's count (`LastValues`) between which lies what somebody lacks."""

    ticks_after: int
    bars_after: int
    end: int
    """The newest of them."""
    cursor: str
    """The same as a cursor."""


class GroupKey(NamedTuple):
    """What its subscribers have in common."""

    selection: Selection
    interval: int
    """ms; 0: every tick."""
    framing: Framing = Framing()
    bars: BarSelection = BarSelection()

    @property
    def bars_of(self) -> Selection:
        """Return whose bars are wanted."""
        return self.selection if self.bars.of is None else self.bars.of

    def bar_keys(self, known: Iterable[bytes]) -> list[bytes]:
        """Return the keys of the bars that are wanted by name, known or not, and of the `known` by prefix."""
        intervals = self.bars.intervals
        if not intervals:
            return []
        names, prefixes = self.bars_of
        # A symbol has no space, so the key of its bars has the same prefixes.
        matched = [key for key in known if key.startswith(prefixes) and interval_of(key) in intervals]
        named = [name for name in names if not name.startswith(prefixes)]
        return matched + [bar_key(name, interval) for name in named for interval in intervals]

    @property
    def bar_prefixes(self) -> tuple[bytes, ...]:
        """Return the prefixes of the symbols whose bars are wanted."""
        return self.bars_of.prefixes if self.bars.intervals else ()


class Gap(NamedTuple):
    """A gap in the feed of which a group's members are still to be told."""

    place: int
    """Where among the pending events."""
    reason: str
    before: str
    """The cursor where it begins."""
    span: Span
    """What the snapshot behind it tells."""
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
        "formed",
        "framed",
        "gaps",
        "held",
        "history",
        "joiners",
        "key",
        "members",
        "notices",
        "number",
        "partitions",
        "pending",
        "plain",
        "slot",
        "symbols",
        "told",
        "users",
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
        """Subscribers in any state."""
        self.members: dict[Subscriber, None] = {}
        """Those that get its frames, all of them live, in the order in which they came."""
        self.joiners: list[Subscriber] = []
        """Those that become members after the next frame."""
        self.history: History | None = None
        """What all members have had, for the compression of their next frame."""
        self.pending: list[bytes] = []
        self.notices = 0
        """How many of the pending events are neither ticks nor bars."""
        self.formed = 0
        """How many of the pending events are bars."""
        self.gaps: tuple[Gap, ...] = ()
        """Each holds its place in `pending` until the frame is built: thousands of snapshots take long."""
        self.held: list[bytes] = []
        """Bar events that wait for the next turn (conflating groups)."""
        self.number = 0
        """Number of the newest tick of the last frame: where every member stands."""
        self.cursor = ""
        """The same as a cursor."""
        self.framed = (0, "")
        """Number and cursor where its last frame ends; a gap that waits takes those above ahead of it."""
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

    def owe_gap(self, gap: Gap) -> None:
        """Let a gap wait for the next frame."""
        self.gaps += (gap,)
        self.notify(b"")

    def admit(self, subscriber: Subscriber) -> None:
        """Let in a member, who has had none of the frames so far."""
        self.members[subscriber] = None
        if self.history is not None:
            self.history.forget()

    def pend_bars(self, events: list[bytes]) -> None:
        """Owe bar events to its members."""
        self.pending += events
        self.formed += len(events)

    def release_bars(self) -> list[bytes]:
        """Return the bar events that waited for a turn, and keep them no longer."""
        held, self.held = self.held, []
        return held

    def take(self) -> tuple[bytes, int, int]:
        """Return the frame of all pending events, and how many of them are ticks and bars."""
        pending, bars = self.pending, self.formed
        ticks = len(pending) - self.notices - bars
        self.skip()
        self.framed = self.number, self.cursor
        if self.plain:
            return sse.chunk(b"".join(pending)), ticks, bars
        return self.key.framing.frame(pending, self._shared_history()), ticks, bars

    def _shared_history(self) -> History | None:
        encoding = self.key.framing.encoding
        if encoding is Encoding.IDENTITY or len(self.members) < SHARED:
            self.history = None
        elif self.history is None:
            self.history = History(encoding)
        return self.history

    def skip(self) -> None:
        """Drop what is pending: it has been sent, or nobody is there to get it."""
        self.pending, self.gaps = [], ()
        self.notices = self.formed = 0
