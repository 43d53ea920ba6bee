"""A gateway's inner parts without Redis and sockets, and subscribers that a test can make full."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

from tickcast.client.sse import Event, SseParser
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.fanout.rest import Rest
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.ingest import Ingest, Restart
from tickcast.gateway.limits.work import Work
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import BarSelection, parse_selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.streams.stream_ids import StreamIds
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.wire.batch import Batch
from tickcast.wire.notice import Notice, NoticeLine, Retired, encode_notice
from tickcast.wire.position import START, Position

EPOCH = "0123456789abcdef"
"""The first epoch of every market."""


def key(symbols: str = "*", interval: int = 0, bars: str = "", bars_of: str | None = None) -> GroupKey:
    """Return what a client asks for."""
    intervals = tuple(bars.split(",")) if bars else ()
    wanted = BarSelection(intervals, None if bars_of is None else parse_selection(bars_of, 100))
    return GroupKey(parse_selection(symbols, 100), interval, bars=wanted)


def line_of(notice: Notice) -> NoticeLine:
    """Return a notice as a line of a batch."""
    return NoticeLine(notice.symbol.encode(), encode_notice(notice), notice)


class MemorySubscriber(Subscriber):
    """Keeps what it gets; while it is `stuck` a write fills it."""

    def __init__(self, name: str = "memory") -> None:
        super().__init__(name)
        self.frames: list[bytes] = []
        self.stuck = False
        self.ended = ""
        self._waiting = 0

    def write(self, frame: bytes) -> None:
        """Take a chunk."""
        self.frames.append(frame)
        if self.stuck:
            self._waiting += len(frame)
            self.paused()

    def waiting(self) -> int:
        """Return the bytes since it got stuck."""
        return self._waiting

    def finish(self, frame: bytes) -> None:
        """Take the last chunk."""
        self.write(frame)
        self.ended = "finished"

    def abort(self) -> None:
        """Be cut."""
        self.ended = "aborted"

    def release(self) -> None:
        """Read on, and take all that waits."""
        self.stuck = False
        self._waiting = 0
        self.drained()

    def events(self) -> list[Event]:
        """Return everything it got."""
        return SseParser().feed(b"".join(map(sse.unchunk, self.frames)))

    def names(self) -> list[str]:
        """Return the name of every event it got."""
        return [event.type.decode() for event in self.events()]

    def qs(self) -> list[tuple[str, int]]:
        """Return (symbol, q) of every tick it got."""
        ticks = [json.loads(event.data) for event in self.events() if event.type == b"tick"]
        return [(tick["S"], tick["q"]) for tick in ticks]

    def bars(self) -> list[tuple[str, int]]:
        """Return (bar key, q) of every bar it got."""
        bars = [json.loads(event.data) for event in self.events() if event.type == b"bar"]
        return [(f"{bar['S']}\t{bar['i']}", bar["q"]) for bar in bars]


def _held(values: LastValues) -> dict[bytes, bytes]:
    keys = [*values]
    return dict(zip(keys, values.since(-1, keys), strict=True))


def never_rests() -> Rest:
    """Return the rests of a loop that is never too busy."""
    return Rest(1.0, time.monotonic, time.monotonic)


class Market:
    """Ring, last values, hub and streams, fed by hand. Needs a running loop."""

    def __init__(self, ring_bytes: int = 1 << 30, rest: Rest | None = None) -> None:
        self.ring = Ring(1, 60, ring_bytes)
        self.last = LastValues()
        self.hub = Hub(self.ring, self.last, 1, rest or never_rests())
        self.work = Work(1000)
        self.streams = Lifecycle(self.hub, stall=30, work=self.work)
        self.hub.status = lambda: sse.event("status", {"n": self.hub.status_number})
        self.hub.scheduler.let_in = self.streams.let_in
        self.hub.scheduler.cut = self.streams.cut
        # Every lag is long, so that a test need not wait for one.
        self.streams.slow.brief = -1.0
        self.ingest = Ingest(self.hub)
        self.counts: dict[str, int] = {}
        self.bar_counts: dict[str, int] = {}
        """q of the newest state of each bar; counts up by one here, to show what is missing."""
        self._gone: set[bytes] = set()
        self._ms = 1
        self._epoch = EPOCH
        self.ingest.restart([Restart(0, EPOCH, START)], None)

    def tick(self, *symbols: str, bars: Sequence[str] = (), notices: Sequence[Notice] = ()) -> None:
        """Take one batch: the next tick of each symbol, the next state of these bars, by bar key, notices."""
        ticks = [self._next(symbol) for symbol in symbols]
        formed = [self._next_bar(bar) for bar in bars]
        self._ms += 1
        own, prev = Position(self._ms, 0), Position(self._ms - 1, 0)
        said = [line_of(notice) for notice in notices]
        for notice in notices:
            if isinstance(notice, Retired):
                self.counts.pop(notice.symbol, None)
        self.ingest.apply(0, Batch(self._epoch, own, prev, self._ms * 1000, ticks, formed, said))

    def _next(self, symbol: str) -> tuple[bytes, bytes]:
        q = self.counts[symbol] = self.counts.get(symbol, 0) + 1
        return symbol.encode(), b'{"S":"%b","q":%d}' % (symbol.encode(), q)

    def _next_bar(self, bar: str) -> tuple[bytes, bytes]:
        symbol, interval = bar.split()
        q = self.bar_counts[bar] = self.bar_counts.get(bar, 0) + 1
        return bar.encode(), f'{{"S":"{symbol}","i":"{interval}","q":{q}}}'.encode()

    def forget_in_redis(self, symbol: bytes) -> None:
        """Let Redis hold nothing of a symbol when it is read next; this gateway has not heard why."""
        self._gone.add(symbol)

    def lose(
        self,
        *symbols: str,
        bars: Sequence[str] = (),
        states: Sequence[Notice] = (),
        reason: str = "feed",
        emptied: bool = False,
    ) -> None:
        """Let ticks of these symbols, and these bars, be lost, so that only the newest values are known.

        With the reason `feed` a new epoch begins. `emptied`: it knows nothing of before, and counts from 1.
        Redis holds `states` then, and no others.
        """
        if emptied:
            self.counts.clear()
            self.bar_counts.clear()
        before = ({}, {}) if emptied else (_held(self.last), _held(self.hub.bars))
        lost = [self._next(symbol) for symbol in symbols]
        formed = [self._next_bar(bar) for bar in bars]
        self._ms += 5
        if reason == "feed":
            self._epoch = f"{int(self._epoch, 16) + 1:016x}"
        ticks, held = [
            [pair for pair in {**old, **dict(new)}.items() if pair[0] not in self._gone]
            for old, new in zip(before, (lost, formed), strict=True)
        ]
        said = [line_of(state) for state in states]
        restart = Restart(0, self._epoch, Position(self._ms, 0), ticks, held, said)
        self.ingest.restart([restart], reason)

    def join(self, key: GroupKey, subscriber: MemorySubscriber | None = None) -> MemorySubscriber:
        """Let a subscriber in with a snapshot."""
        joined = subscriber or MemorySubscriber()
        self.streams.enter(joined, key)
        self.streams.missed.stand_now(joined)
        self.streams.open(joined, self.hub.gaps.snapshot(-1, joined.group))
        return joined

    def resume(self, state: FeedState | None = None) -> Resume:
        """Return what opens streams here, for a feed of this state."""
        closing, ids = Closing(self.streams.registry, 3600, 0), StreamIds(ClusterKey(), "test")
        return Resume(self.streams, closing, state or FeedState(1), lambda: "", "test", ids, 5000)

    def turn(self) -> None:
        """Give every conflating group its turn now."""
        for group in self.hub.groups.values():
            if group.conflates:
                self.hub.turn(group)
        self.hub.scheduler.wake()

    async def settle(self) -> None:
        """Let all frames that are owed go out."""
        scheduler: Any = self.hub.scheduler
        queue: Any = self.streams._send_queue
        # One look a loop's turn: what is awaited is that the loop has nothing left to do.
        while any((scheduler.dirty, scheduler.turns, scheduler._piece, scheduler._scheduled, queue._waiting)):  # noqa: ASYNC110
            await asyncio.sleep(0)
