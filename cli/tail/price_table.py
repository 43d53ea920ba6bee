"""What the events of a stream make of the prices, and of the line with the state of the stream. Pure."""

import json
from typing import Any

from tickcast.cli.tail.losses import Effect, Losses
from tickcast.cli.tail.quotes import Quotes

_RESUMED = {
    "new": "",
    "live": ", nothing missed",
    "replayed": ", nothing missed",
    "reset": ", ticks in between are missing",
}


class PriceTable:
    """Prices and state. `on_event` and `set_connection` change them."""

    def __init__(self) -> None:
        self.quotes = Quotes()
        self.ticks = 0
        """Ticks received, ticks of snapshots included."""
        self._connection = ""
        self._feed = ""
        self._losses = Losses()

    def set_connection(self, words: str) -> None:
        """Show the state of the connection; the state of the feed is unknown from here on."""
        self._connection, self._feed = words, ""

    def on_event(self, kind: str, data: str) -> None:
        """Apply an event; unknown events are ignored, as the protocol asks.

        Raises ValueError, KeyError or TypeError if the event does not follow the protocol.
        """
        # Numbers stay text, so that prices keep the digits they came with.
        body: Any = json.loads(data, parse_float=str) if data else {}
        loss = self._losses.on_event(kind, data)
        if loss is not None and loss.effect is Effect.GONE:
            self.quotes.clear()
        elif loss is not None and loss.effect is Effect.FREED:
            self.quotes.free()
        if kind == "tick":
            self._take(body)
        elif kind == "retired":
            self.quotes.forget(map(str, body["S"]))
        elif kind == "snapshot":
            for tick in body:
                self._take(tick)
        elif kind == "hello":
            self._connection = f"connected to {body['gateway']}{_RESUMED.get(body['resumed'], '')}"
            # Why it is stale follows in a `status`. Older gateways do not give the state.
            self._feed = f"feed {body['feed']}" if "feed" in body else ""
        else:
            self._feed = _feed_words(kind, body) or self._feed

    def _take(self, tick: dict[str, Any]) -> None:
        self.quotes.update(tick)
        self.ticks += 1

    @property
    def words(self) -> str:
        """The state of the stream, in a line."""
        return " · ".join(filter(None, (self._connection, self._feed, f"{self.ticks:,} ticks")))


def _feed_words(kind: str, body: dict[str, Any]) -> str:
    if kind == "status":
        if body["feed"] == "live":
            return "feed live"
        # The age is that of the newest ticks, which a quiet feed has not had since long before it was stale.
        age = body.get("age")
        known = "" if age is None else f" (newest ticks {age / 1000:.1f} s old)"
        return f"feed {body['feed']}: {body['reason']}{known}"
    if kind == "heartbeat":
        return f"feed {body['feed']}"
    if kind == "gap":
        return f"ticks are missing: {body['reason']}"
    if kind == "bye":
        return f"the gateway closes the stream: {body['reason']}"
    return ""
