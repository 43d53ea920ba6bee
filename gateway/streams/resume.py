"""How a stream begins is decided here: new, live, replayed exactly from the cursor, or reset."""

import random
from collections.abc import Callable

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.protocol.rights import digest_of_rights
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.feed_events import status_event
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.stream_ids import StreamIds
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.gateway.streams.unknown_epoch import UnknownEpochs
from tickcast.gateway.streams.waiting import WaitingStreams
from tickcast.runtime.metered import metered_step
from tickcast.wire.cursor import Cursor, CursorError, decode_cursor
from tickcast.wire.symbol import Case


class Resume:
    """Opens new streams, and streams that waited for their cursor."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        closing: Closing,
        state: FeedState,
        source: Callable[[], str],
        gateway_id: str,
        ids: StreamIds,
        heartbeat: int,
        feed: str = "main",
        case: Callable[[], Case] = lambda: "upper",
        delay: int = 0,
    ) -> None:
        """`hello` has the `source` that the publisher names, `heartbeat`, in ms, and the name `feed`.

        It also says if the `case` of symbols is kept, and the `delay` of the feed, in ms.
        """
        self.waiting = WaitingStreams(lifecycle.hub, state, heartbeat, self._go_on, self._send_away)
        self.unknown = UnknownEpochs(lifecycle.hub.ring, state, self._decide, self._send_away)
        self.opened = 0
        """Streams opened."""
        self.results = {"live": 0, "replayed": 0, "reset": 0}
        """Streams that came with a cursor, by result."""
        self._lifecycle = lifecycle
        self._hub = lifecycle.hub
        self._missed = lifecycle.missed
        self.closing = closing
        self._state = state
        self._source = source
        self._feed = feed
        self._gateway_id = gateway_id
        self._ids = ids
        self._heartbeat = heartbeat
        self._case = case
        self._delay = delay

    def open(self, subscriber: Subscriber, request: StreamRequest, address: str = "") -> None:
        """Send `hello` and the events that the client lacks; then the stream joins its group.

        `address` is the client's, by which its share is counted.
        """
        self.opened += 1
        self.closing.limit_age(subscriber)
        subscriber.grant = request.grant
        self._lifecycle.enter(subscriber, request.key, address)
        if request.padding:
            subscriber.write(request.key.framing.frame([events.padding(request.padding)]))
        if not request.last_event_id:
            snapshot = self._snapshot(subscriber) if request.snapshot else []
            self._open_now(subscriber, "new", snapshot)
            return
        cursor = _decode(request.last_event_id)
        if cursor is not None:
            subscriber.sent = request.last_event_id
        if cursor is not None and self.unknown.add(subscriber, cursor, request):
            self._lifecycle.wait(subscriber)
            return
        self._resume(subscriber, request, cursor)

    def check(self) -> None:
        """Look after the streams that wait; call it now and then."""
        self.unknown.look()
        self.waiting.check()

    def _resume(self, subscriber: Subscriber, request: StreamRequest, cursor: Cursor | None) -> None:
        own = cursor is not None and cursor.epoch == self._hub.ring.epoch
        if cursor is not None and own and self.waiting.add(subscriber, cursor, request):
            self.results["live"] += 1
            self._missed.stand_now(subscriber)
            self._lifecycle.wait(subscriber)
            subscriber.write(request.key.framing.frame([self._hello(subscriber, "live", 0)]))
            return
        numbers = None if cursor is None else self._hub.ring.numbers(cursor)
        if numbers is None:
            self.results["reset"] += 1
            self._open_now(subscriber, "reset", self._snapshot(subscriber))
            return
        count, first = self._missed.resume(subscriber, numbers, request.last_event_id)
        result = "replayed" if count else "live"
        self.results[result] += 1
        self._lifecycle.open(subscriber, [self._hello(subscriber, result, count), *first])

    def _open_now(self, subscriber: Subscriber, resumed: str, snapshot: list[bytes]) -> None:
        self._missed.stand_now(subscriber)
        self._lifecycle.open(subscriber, [self._hello(subscriber, resumed, 0), *snapshot])

    def _snapshot(self, subscriber: Subscriber) -> list[bytes]:
        return self._hub.gaps.snapshot(-1, subscriber.group)

    def _decide(self, subscriber: Subscriber, request: StreamRequest, cursor: Cursor) -> None:
        """Open a stream that waited until its epoch was known."""
        with metered_step(subscriber.payers):
            self._resume(subscriber, request, cursor)

    def _go_on(self, subscriber: Subscriber, last_event_id: str, cursor: Cursor | None) -> None:
        """Open a stream that waited for `cursor`; None: the feed never reaches its cursor."""
        with metered_step(subscriber.payers):
            self._open_behind(subscriber, last_event_id, cursor)

    def _open_behind(self, subscriber: Subscriber, last_event_id: str, cursor: Cursor | None) -> None:
        numbers = None if cursor is None else self._hub.ring.numbers(cursor)
        if numbers is not None:
            _, first = self._missed.resume(subscriber, numbers, last_event_id)
        else:
            first = self._missed.unreachable(subscriber, last_event_id, given_up=cursor is None)
        self._lifecycle.open(subscriber, first)

    def _send_away(self, subscriber: Subscriber) -> None:
        self.closing.bye(subscriber, "overload", random.randint(*events.RETRY))

    def _hello(self, subscriber: Subscriber, resumed: str, replayed: int) -> bytes:
        key, source = subscriber.group.key, self._source()
        fields: dict[str, object] = {
            "stream": self._ids.of(subscriber.stream),
            "gateway": self._gateway_id,
            "name": self._feed,
            "version": events.VERSION,
            "interval": key.interval,
            "symbols": self._hub.count_symbols(subscriber.group),
            "heartbeat": key.heartbeat or self._heartbeat,
            "t": events.now(),
            "epoch": self._hub.ring.epoch,
            "feed": self._state.name,
            "resumed": resumed,
            "replayed": replayed,
        }
        if source:
            # So that a page can say that its prices are simulated.
            fields["source"] = source
        if self._delay:
            fields["delay"] = self._delay
        if self._case() == "keep":
            # So that a client does not fold the symbols that it asks for.
            fields["case"] = "keep"
        if subscriber.grant is not None:
            # So that a client that resumes with other rights knows that it has to start over.
            fields["rights"] = digest_of_rights((subscriber.wanted or subscriber.asked).allowed)
        if key.bars.intervals:
            fields["bars"] = key.bars.intervals
        status = b"" if self._state.is_live else status_event(self._state)
        return events.hello(fields, random.randint(*events.RETRY), subscriber.sent) + status


def _decode(text: str) -> Cursor | None:
    try:
        return decode_cursor(text)
    except CursorError:
        # No error for the client: it starts again with a snapshot.
        return None
