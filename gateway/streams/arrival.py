"""An arrival: what a new stream is sent first, and how a returning one goes on exactly."""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tickcast.gateway.fanout.group import GroupKey
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.feed.instruments import Instruments
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol import sse
from tickcast.gateway.streams.subscriber import State, Subscriber
from tickcast.gateway.streams.waiting import Ahead
from tickcast.wire.cursor import Cursor, CursorError, decode_cursor

VERSION = 1
"""Version of the protocol."""

PATIENCE = 3.0
"""Seconds for which a feed that has caught up may stay behind a client's cursor before it is given up."""

SLICE = 0.005
"""Seconds of work in one go for those who waited: after a break thousands of cursors are reached at once."""

RETRY = (1000, 5000)
"""Bounds of the reconnection times given to clients, in ms: cut off together, they come back apart."""


class Wish(NamedTuple):
    """What a client has asked for, checked."""

    key: GroupKey
    snapshot: bool
    last_event_id: str
    """Empty: it has none."""


@dataclass
class Waiting:
    """A client that is ahead of this gateway."""

    cursor: Cursor
    wish: Wish
    since: float
    """When it came, by the loop's clock."""
    written: float
    """When it was last sent something."""


class Arrivals:
    """Opens streams."""

    def __init__(
        self, hub: Hub, state: FeedState, instruments: Instruments, gateway: str, heartbeat: int
    ) -> None:
        self._hub = hub
        self._state = state
        self._instruments = instruments
        self._gateway = gateway
        self._heartbeat = heartbeat
        self._waiting: dict[Subscriber, Waiting] = {}
        self._ahead = Ahead(hub.ring)
        self._loop = asyncio.get_running_loop()
        self._going_on = False
        """Others are let go on in the next turn of the loop."""
        self.resumed = {"live": 0, "replayed": 0, "reset": 0}
        """Streams that came with a cursor, by what became of it."""

    def arrive(self, subscriber: Subscriber, wish: Wish) -> None:
        """Send `hello` and what the client lacks, and let it join its group."""
        self._hub.enter(subscriber, wish.key)
        if not wish.last_event_id:
            events = self._snapshot(subscriber) if wish.snapshot else []
            self._stand_now(subscriber)
            subscriber.open([self._hello(subscriber, "live", 0), *events])
            return
        cursor = _decode(wish.last_event_id)
        if cursor is not None and self._ahead.add(subscriber, cursor):
            self.resumed["live"] += 1
            subscriber.state = State.WAITING
            now = self._loop.time()
            subscriber.since = now
            self._waiting[subscriber] = Waiting(cursor, wish, since=now, written=now)
            subscriber.write(wish.key.framing.frame([self._hello(subscriber, "live", 0)]))
            return
        numbers = None if cursor is None else self._hub.ring.numbers(cursor)
        if numbers is None:
            self.resumed["reset"] += 1
            self._stand_now(subscriber)
            subscriber.open([self._hello(subscriber, "reset", 0), *self._snapshot(subscriber)])
            return
        count, first = self._hub.arrears.resume(subscriber, numbers, wish.last_event_id)
        verdict = "replayed" if count else "live"
        self.resumed[verdict] += 1
        subscriber.open([self._hello(subscriber, verdict, count), *first])

    def _stand_now(self, subscriber: Subscriber) -> None:
        subscriber.number, subscriber.cursor = self._hub.ring.number, self._hub.ring.cursor

    def _hello(self, subscriber: Subscriber, resumed: str, replayed: int) -> bytes:
        group = subscriber.group
        wait = random.randint(*RETRY)
        hello: dict[str, object] = {
            "stream": f"{self._gateway}.{subscriber.stream}",
            "gateway": self._gateway,
            "version": VERSION,
            "interval": group.key.interval,
            "symbols": len(group.symbols),
            "heartbeat": self._heartbeat,
            "t": time.time_ns() // 1000,
            "feed": self._state.name,
            "resumed": resumed,
            "replayed": replayed,
            "retry": wait,
        }
        if self._instruments.source:
            # A page must be able to say that its prices are simulated.
            hello["source"] = self._instruments.source
        if group.key.bars.intervals:
            hello["bars"] = group.key.bars.intervals
        status = b"" if self._state.is_live else self.status()
        return sse.retry(wait) + sse.event("hello", hello) + status

    def status(self) -> bytes:
        """Return the event that tells the state of the feed."""
        told: dict[str, object] = {"feed": self._state.name, "age": self._state.silence()}
        if self._state.reason:
            told["reason"] = self._state.reason
        return sse.event("status", told)

    def _snapshot(self, subscriber: Subscriber) -> list[bytes]:
        return self._hub.memory.newest(-1, subscriber.group)

    # Clients that are ahead

    def progress(self) -> None:
        """Let those go on whose cursor has been reached; call it after every batch."""
        if self._waiting and not self._going_on:
            self._let_go_on()

    def _let_go_on(self) -> None:
        self._going_on = False
        until = self._loop.time() + SLICE
        while (subscriber := self._ahead.reached()) is not None:
            self._go_on(subscriber, self._waiting[subscriber].cursor)
            if self._loop.time() > until:
                # The others have been reached as well, and stay so.
                self._going_on = True
                self._loop.call_soon(self._let_go_on)
                return

    def check(self) -> None:
        """Give up on cursors that a live feed never reaches, keep the others informed; call it often."""
        self._look_after(iter([*self._waiting.items()]))

    def _look_after(self, those: Iterator[tuple[Subscriber, Waiting]]) -> None:
        until = self._loop.time() + SLICE
        for subscriber, waiting in those:
            now = self._loop.time()
            if subscriber not in self._waiting:
                continue
            if subscriber.state is State.CLOSED:
                self._forget(subscriber)
            elif not self._hub.ring.is_ahead(waiting.cursor):
                self._go_on(subscriber, waiting.cursor)
            elif min(now - waiting.since, self._state.settled()) > PATIENCE:
                self._go_on(subscriber, None)
            elif not subscriber.full:
                self._inform(subscriber, waiting, now)
            if now > until:
                self._loop.call_soon(self._look_after, those)
                return

    def _inform(self, subscriber: Subscriber, waiting: Waiting, now: float) -> None:
        # It is no member of its group yet, so what the group is told does not reach it.
        event = b""
        if subscriber.told != self._hub.told:
            subscriber.told, event = self._hub.told, self.status()
        elif now - waiting.written > self._heartbeat / 1000 - 0.5:
            event = heartbeat_event(self._state, waiting.wish.last_event_id)
        if event:
            waiting.written = now
            subscriber.write(waiting.wish.key.framing.frame([event]))

    def _forget(self, subscriber: Subscriber) -> Waiting:
        self._ahead.discard(subscriber)
        return self._waiting.pop(subscriber)

    def _go_on(self, subscriber: Subscriber, cursor: Cursor | None) -> None:
        before = self._forget(subscriber).wish.last_event_id
        if subscriber.state is not State.WAITING:
            return
        numbers = None if cursor is None else self._hub.ring.numbers(cursor)
        if numbers is not None:
            _, events = self._hub.arrears.resume(subscriber, numbers, before)
        else:
            self._hub.arrears.gaps["feed"] += 1
            events = self._hub.memory.gap("feed", before, -1, subscriber.group)
            self._stand_now(subscriber)
        subscriber.open(events)


def _decode(text: str) -> Cursor | None:
    try:
        return decode_cursor(text)
    except CursorError:
        # Not an error to the client: whatever it holds, it can be brought up to date.
        return None


def heartbeat_event(state: FeedState, cursor: str) -> bytes:
    """Return the event that tells a silent stream that all is well, or that it is not."""
    told = {"t": time.time_ns() // 1000, "feed": state.name, "age": state.age()}
    return sse.event("heartbeat", json.dumps(told, separators=(",", ":")).encode("ascii"), cursor)
