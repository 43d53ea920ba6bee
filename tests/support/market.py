"""A gateway's inner parts without Redis and sockets, and subscribers that can be told to be full."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from tickcast.cli.verify.sse import Event, SseParser
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.ingest import Ingest
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import BarSelection, parse_selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.resume import Resume
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.wire.batch import Batch
from tickcast.wire.position import START, Position

EPOCHS = ("0123456789abcdef", "f" * 16)


def key(symbols: str = "*", interval: int = 0, bars: str = "", bars_of: str | None = None) -> GroupKey:
    """Return what a client asks for."""
    intervals = tuple(bars.split(",")) if bars else ()
    wanted = BarSelection(intervals, None if bars_of is None else parse_selection(bars_of, 100))
    return GroupKey(parse_selection(symbols, 100), interval, bars=wanted)


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
        return [(f"{bar['S']} {bar['i']}", bar["q"]) for bar in bars]


class Market:
    """Ring, last values, hub and streams, fed by hand. Needs a running loop."""

    def __init__(self, ring_bytes: int = 1 << 30) -> None:
        self.ring = Ring(1, 60, ring_bytes)
        self.last = LastValues()
        self.hub = Hub(self.ring, self.last, 1)
        self.streams = Lifecycle(self.hub, stall=30)
        self.hub.status = lambda: sse.event("status", {"n": self.hub.status_number})
        self.hub.scheduler.let_in = self.streams.let_in
        self.hub.scheduler.cut = self.streams.cut
        # Every lag is long, so that a test need not wait for one.
        self.streams.slow.brief = -1.0
        self.ingest = Ingest(self.hub)
        self.counts: dict[str, int] = {}
        self.bar_counts: dict[str, int] = {}
        """q of the newest state of each bar; counts up by one here, to show what is missing."""
        self._ms = 1
        self.ingest.restart(0, EPOCHS[0], START, [], None)

    def tick(self, *symbols: str, bars: Sequence[str] = ()) -> None:
        """Take one batch with the next tick of each symbol, and the next state of these bars, by bar key."""
        ticks = [self._next(symbol) for symbol in symbols]
        formed = [self._next_bar(bar) for bar in bars]
        self._ms += 1
        own, prev = Position(self._ms, 0), Position(self._ms - 1, 0)
        self.ingest.apply(0, Batch(EPOCHS[0], own, prev, self._ms * 1000, ticks, formed))

    def _next(self, symbol: str) -> tuple[bytes, bytes]:
        q = self.counts[symbol] = self.counts.get(symbol, 0) + 1
        return symbol.encode(), b'{"S":"%b","q":%d}' % (symbol.encode(), q)

    def _next_bar(self, bar: str) -> tuple[bytes, bytes]:
        symbol, interval = bar.split()
        q = self.bar_counts[bar] = self.bar_counts.get(bar, 0) + 1
        return bar.encode(), f'{{"S":"{symbol}","i":"{interval}","q":{q}}}'.encode()

    def lose(self, *symbols: str, bars: Sequence[str] = (), reason: str = "feed") -> None:
        """Let ticks of these symbols, and these bars, be lost, so that only the newest values are known."""
        lost = [self._next(symbol) for symbol in symbols]
        formed = [self._next_bar(bar) for bar in bars]
        self._ms += 5
        self.ingest.restart(0, EPOCHS[1], Position(self._ms, 0), lost, reason, formed)

    def join(self, key: GroupKey, subscriber: MemorySubscriber | None = None) -> MemorySubscriber:
        """Let a subscriber in with a snapshot."""
        joined = subscriber or MemorySubscriber()
        self.streams.enter(joined, key)
        self.streams.missed.stand_now(joined)
        self.streams.open(joined, self.hub.gaps.snapshot(-1, joined.group))
        return joined

    def resume(self, state: FeedState | None = None) -> Resume:
        """Return what opens streams here, for a feed of this state."""
        closing = Closing(self.streams.registry, 3600, 0)
        return Resume(self.streams, closing, state or FeedState(1), lambda: "", "test", 5000)

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
        while any((scheduler.dirty, scheduler.turns, scheduler._round, scheduler._scheduled, queue._waiting)):  # noqa: ASYNC110
            await asyncio.sleep(0)
