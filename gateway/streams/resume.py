"""How a stream begins is decided here: live, replayed exactly from the client's cursor, or reset."""

import random
from collections.abc import Callable

from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.streams.closing import Closing
from tickcast.gateway.streams.feed_events import status_event
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.gateway.streams.waiting import WaitingStreams
from tickcast.wire.cursor import Cursor, CursorError, decode_cursor


class Resume:
    """Opens new streams, and streams that waited for their cursor."""

    def __init__(
        self,
        lifecycle: Lifecycle,
        closing: Closing,
        state: FeedState,
        source: Callable[[], str],
        gateway_id: str,
        heartbeat: int,
    ) -> None:
        """`source` returns the publisher's source, `heartbeat` is in ms; `hello` announces both."""
        self.waiting = WaitingStreams(lifecycle.hub, state, heartbeat, self._go_on)
        self.opened = 0
        """Streams opened."""
        self.results = {"live": 0, "replayed": 0, "reset": 0}
        """Streams that came with a cursor, by result."""
        self._lifecycle = lifecycle
        self._hub = lifecycle.hub
        self._missed = lifecycle.missed
        self._closing = closing
        self._state = state
        self._source = source
        self._gateway_id = gateway_id
        self._heartbeat = heartbeat

    def open(self, subscriber: Subscriber, request: StreamRequest) -> None:
        """Send `hello` and the events that the client lacks; then the stream joins its group."""
        self.opened += 1
        self._closing.limit_age(subscriber)
        self._lifecycle.enter(subscriber, request.key)
        if not request.last_event_id:
            snapshot = self._snapshot(subscriber) if request.snapshot else []
            self._open_now(subscriber, "live", snapshot)
            return
        cursor = _decode(request.last_event_id)
        if cursor is not None and self.waiting.add(subscriber, cursor, request):
            self.results["live"] += 1
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

    def _go_on(self, subscriber: Subscriber, last_event_id: str, cursor: Cursor | None) -> None:
        """Open a stream that waited for `cursor`; None: the feed never reaches its cursor."""
        numbers = None if cursor is None else self._hub.ring.numbers(cursor)
        if numbers is not None:
            _, first = self._missed.resume(subscriber, numbers, last_event_id)
        else:
            first = self._missed.unreachable(subscriber, last_event_id)
        self._lifecycle.open(subscriber, first)

    def _hello(self, subscriber: Subscriber, resumed: str, replayed: int) -> bytes:
        key, source = subscriber.group.key, self._source()
        fields: dict[str, object] = {
            "stream": f"{self._gateway_id}.{subscriber.stream}",
            "gateway": self._gateway_id,
            "version": events.VERSION,
            "interval": key.interval,
            "symbols": len(subscriber.group.symbols),
            "heartbeat": self._heartbeat,
            "t": events.now(),
            "feed": self._state.name,
            "resumed": resumed,
            "replayed": replayed,
        }
        if source:
            # So that a page can say that its prices are simulated.
            fields["source"] = source
        if key.bars.intervals:
            fields["bars"] = key.bars.intervals
        status = b"" if self._state.is_live else status_event(self._state)
        return events.hello(fields, random.randint(*events.RETRY)) + status


def _decode(text: str) -> Cursor | None:
    try:
        return decode_cursor(text)
    except CursorError:
        # No error for the client: it starts again with a snapshot.
        return None
