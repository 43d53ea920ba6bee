"""Takes the raw events of a stream, over all its connections, and delivers what is new, typed.

Pure, but for the clock. It holds what makes the next connection go on exactly here: the cursor, and what the
cursor covers.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Generic

import orjson

from tickcast.client.clock import ServerClock
from tickcast.client.coverage import Coverage, selector
from tickcast.client.decode import Decoder
from tickcast.client.events import Event, Gap, N, Retired, State, Status, Tick
from tickcast.client.order import Order, Place
from tickcast.client.sse import Event as RawEvent
from tickcast.wire.bounds import MAX_SYMBOLS

_UNREADABLE = (ValueError, KeyError, TypeError, ArithmeticError, AttributeError)
"""What an event that does not follow the protocol raises."""

_IN_SNAPSHOT = (b"snapshot", b"state", b"bar")
"""Events of a snapshot, of which the very last has a cursor of its own."""

_BEFORE = {b"hello", b"status", b"gap", b"retired", b"bye", *_IN_SNAPSHOT}
"""Events that may come before a snapshot, or within it."""

_MAX_REASON, _MAX_REASONS = 100, 20
"""Characters of the reason of a gap, and reasons that are counted by themselves."""

_log = logging.getLogger("tickcast")


class Replica(Generic[N]):
    """What a stream has brought so far."""

    def __init__(self, numbers: type[N], deliver: Callable[[Event[N]], None]) -> None:
        self.cursor = b""
        """Of the newest event that was delivered whole."""
        self.epoch = ""
        self.feed = ""
        self.reason = ""
        """Why the feed is stale."""
        self.coverage = Coverage()
        self.order = Order()
        self.gaps: Counter[str] = Counter()
        """Gaps delivered, by reason."""
        self.malformed = 0
        """Events that do not follow the protocol; they are passed over."""
        self.lag: float | None = None
        """ms from the own time of the newest tick to its arrival, by the clock of the gateway."""
        self._decode: Decoder[N] = Decoder(numbers)
        self._deliver: Callable[[Event[N]], None] = deliver
        self._clock = ServerClock()
        self._states: dict[str, tuple[str, int | None]] = {}
        """Of each symbol that is not live."""
        self._unconfirmed: set[str] = set()
        """Symbols whose snapshot has come, but not their state: without one they are live."""
        self._in_snapshot = False
        self._told: tuple[str, str] | None = None
        """Feed and reason of the newest Status."""
        self._takers: dict[bytes, Callable[[bytes, bytes], None]] = {
            b"ticks": self._ticks,
            b"tick": self._tick,
            b"snapshot": self._snapshot,
            b"bar": self._bar,
            b"gap": self._gap,
            b"hello": self._hello,
            b"symbols": self._symbols,
            b"retired": self._retired,
            b"state": self._state,
            b"status": self._status,
            b"heartbeat": self._heartbeat,
        }

    def take(self, event: RawEvent) -> None:
        """Take the next event of the stream; names that it does not know are passed over."""
        kind, data, cursor = event
        if self._in_snapshot and kind not in _BEFORE:
            self._finish_snapshot()
        taker = self._takers.get(kind)
        if taker is not None:
            try:
                taker(data, cursor)
            except _UNREADABLE as error:
                self.malformed += 1
                if self.malformed == 1:
                    _log.warning("the stream has an event that cannot be read: %s: %r", kind[:20], error)
        if cursor and cursor != self.cursor:
            self.cursor = cursor
            if self._in_snapshot and kind in _IN_SNAPSHOT:
                self._finish_snapshot()

    def disconnected(self, reason: str, wait: float) -> None:
        """Without a connection prices are stale, and nobody says so but this."""
        self._feed("stale", None, f"no connection: {reason}")

    def opening(self, entries: Iterable[str], resumes: bool, wanted: Iterable[str]) -> None:
        """A stream of these entries is asked for, maybe with the cursor; the rest of `wanted` is added."""
        if not resumes:
            self.cursor = b""
        self.coverage.begin(entries, resumes)
        self._keep(wanted)

    def _ticks(self, data: bytes, cursor: bytes) -> None:
        ticks = self._decode.ticks(data)
        place, deliver = self.order.tick, self._deliver
        for tick in ticks:
            where = place(tick.symbol, tick.q)
            if where is Place.NEXT:
                deliver(tick)
            elif where is Place.HOLE:
                self._lose("hole", self.cursor, cursor)
                deliver(tick)
        if ticks:
            self.lag = self._clock.since(ticks[-1].time, time.time_ns() // 1000)

    def _tick(self, data: bytes, cursor: bytes) -> None:
        self._ticks(b"[%b]" % data, cursor)

    def _snapshot(self, data: bytes, cursor: bytes) -> None:
        self._in_snapshot = True
        for tick in self._decode.ticks(data, snapshot=True):
            self._newest(tick, cursor)

    def _newest(self, tick: Tick[N], cursor: bytes) -> None:
        if tick.symbol in self._states:
            self._unconfirmed.add(tick.symbol)
        where = self.order.snapshot(tick.symbol, tick.q)
        if where is Place.HOLE:
            self._lose("hole", self.cursor, cursor)
        if where is not Place.OLD:
            self._deliver(tick)

    def _finish_snapshot(self) -> None:
        self._in_snapshot = False
        self.coverage.finish()
        if gone := self.order.finish():
            self._forget_states(gone)
            self._deliver(Retired(gone, "reset"))
        live, self._unconfirmed = self._unconfirmed, set()
        for symbol in sorted(live):
            del self._states[symbol]
            self._deliver(State(symbol, "live", None))

    def _bar(self, data: bytes, cursor: bytes) -> None:
        self._deliver(self._decode.bar(data))

    def _hello(self, data: bytes, cursor: bytes) -> None:
        body = orjson.loads(data)
        resumed, epoch = str(body["resumed"]), str(body.get("epoch", ""))
        self.order.exact = body["interval"] == 0
        self._clock.reset()
        self._clock.hear(int(body["t"]), time.time_ns() // 1000)
        is_other = self._is_other(epoch)
        if resumed in ("new", "reset") or is_other:
            # Nothing that is held is promised: the snapshot of everything names all there is.
            self.coverage.begin(self.coverage.requested, resumes=False)
            self.order.allow_jump(may_go_back=True)
            self.order.expect_all()
            self._unconfirmed = set(self._states)
            if self.order.symbols():
                self._lose("reset", cursor, b"")
        self._enter(epoch, is_other)
        # Why it is stale follows in a `status`.
        if body.get("feed", "live") == "live":
            self._feed("live", None, "")
        else:
            self.feed = "stale"

    def _gap(self, data: bytes, cursor: bytes) -> None:
        body = orjson.loads(data)
        reason, epoch = str(body["reason"]), str(body.get("epoch", ""))
        is_other = self._is_other(epoch)
        self._lose(reason, str(body.get("from", "")).encode(), str(body.get("to", "")).encode())
        self.order.allow_jump(may_go_back=reason == "feed")
        if is_other:
            self.order.expect_all()
            self._unconfirmed = set(self._states)
        self._enter(epoch, is_other)

    def _is_other(self, epoch: str) -> bool:
        return bool(epoch) and bool(self.epoch) and epoch != self.epoch

    def _enter(self, epoch: str, is_other: bool) -> None:
        if is_other:
            self.order.leave_epoch()
        self.epoch = epoch or self.epoch

    def _lose(self, reason: str, before: bytes, after: bytes) -> None:
        reason = reason[:_MAX_REASON]
        self.gaps[reason if len(self.gaps) < _MAX_REASONS else "other"] += 1
        self._deliver(Gap(reason, before.decode() or None, after.decode() or None))

    def _symbols(self, data: bytes, cursor: bytes) -> None:
        body = orjson.loads(data)
        added, dropped = (list(map(str, body[name])) for name in ("added", "dropped"))
        had = selector(self.coverage.requested)
        self.coverage.change(added, dropped)
        self._keep(self.coverage.requested)
        if not all(map(had, self.order.symbols())):
            # They were in the stream before this connection, which has begun without them.
            self._lose("reset", self.cursor, b"")
            self.order.allow_jump(may_go_back=False)

    def _keep(self, entries: Iterable[str]) -> None:
        """Forget all symbols but these."""
        stays = selector(entries)
        gone = [symbol for symbol in self.order.symbols() if not stays(symbol)]
        self.order.forget(gone)
        self._forget_states(gone)

    def _forget_states(self, symbols: list[str] | tuple[str, ...]) -> None:
        for symbol in symbols:
            self._states.pop(symbol, None)
            self._unconfirmed.discard(symbol)

    def _retired(self, data: bytes, cursor: bytes) -> None:
        body = orjson.loads(data)
        symbols = tuple(map(str, body["S"]))
        self.order.forget(symbols)
        self._forget_states(symbols)
        self._deliver(Retired(symbols, str(body["reason"])))

    def _state(self, data: bytes, cursor: bytes) -> None:
        body = orjson.loads(data)
        symbol, state, since = str(body["S"]), str(body["state"]), body.get("since")
        new = (state, since if isinstance(since, int) else None)
        self._unconfirmed.discard(symbol)
        if state == "live":
            changed = self._states.pop(symbol, None) is not None
        else:
            changed = self._states.get(symbol) != new
            if len(self._states) >= MAX_SYMBOLS:
                raise ValueError(f"states of more than {MAX_SYMBOLS} symbols")
            self._states[symbol] = new
        if changed:
            self._deliver(State(symbol, *new))

    def _status(self, data: bytes, cursor: bytes) -> None:
        self._take_feed(orjson.loads(data))

    def _heartbeat(self, data: bytes, cursor: bytes) -> None:
        body = orjson.loads(data)
        self._clock.hear(int(body["t"]), time.time_ns() // 1000)
        self._take_feed(body)

    def _take_feed(self, body: dict[str, Any]) -> None:
        feed, age = str(body["feed"]), body.get("age")
        # A heartbeat does not say why the feed is stale; a `status` has said it before.
        reason = str(body.get("reason") or (self.reason if feed == self.feed else ""))
        self._feed(feed, age if isinstance(age, int) else None, reason)

    def _feed(self, feed: str, age: int | None, reason: str) -> None:
        self.feed, self.reason = feed, "" if feed == "live" else reason
        if self._told != (feed, self.reason):
            self._told = feed, self.reason
            self._deliver(Status(feed, age, self.reason or None))
