"""The protocol of Binance's spot streams: `aggTrade`, `bookTicker` and `miniTicker` of each symbol. Pure."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from tickcast.publisher.sources.exchanges.events import (
    Event,
    Last,
    Leaving,
    Quote,
    Refused,
    Trade,
    as_text,
    parted,
)
from tickcast.publisher.sources.message_fields import text, whole
from tickcast.publisher.sources.times import microseconds
from tickcast.wire.tick import TickError

STREAMS = ("aggTrade", "bookTicker", "miniTicker")
MAX_STREAMS = 1024
"""Streams of one connection, at most."""
_BATCH = 100
"""Symbols in one message."""
MICROSECONDS_FROM = 10**14
"""Times from this number on are in µs, as an option of its streams; smaller ones are in ms."""


class Binance:
    """Binance takes names that it does not know, and is silent about them."""

    name = "binance"
    url = "wss://stream.binance.com:9443/stream"
    most = MAX_STREAMS // len(STREAMS)
    pause = 0.3
    quiet = 60.0
    confirms = False
    fails_whole = False

    def __init__(self) -> None:
        self._ids = count(1)

    def spelling(self, symbol: str) -> str:
        """Return BTCUSDT."""
        return parted(symbol, "")

    def subscribe(self, names: Sequence[str]) -> list[str]:
        """Return a message for each hundred symbols."""
        return self._messages("SUBSCRIBE", names)

    def unsubscribe(self, names: Sequence[str]) -> list[str]:
        """Return a message for each hundred symbols."""
        return self._messages("UNSUBSCRIBE", names)

    def _messages(self, method: str, names: Sequence[str]) -> list[str]:
        return [
            as_text({"method": method, "params": _streams(names[at : at + _BATCH]), "id": next(self._ids)})
            for at in range(0, len(names), _BATCH)
        ]

    def probe(self) -> str | None:
        """Return a question: nothing comes by itself while no symbol trades."""
        return as_text({"method": "LIST_SUBSCRIPTIONS", "id": next(self._ids)})

    def read(self, message: Any, names: Iterable[str]) -> list[Event]:
        """Return what a message says."""
        if not isinstance(message, dict):
            raise TickError("not an object")
        data = message.get("data", message)
        if not isinstance(data, dict):
            raise TickError("data: an object is needed")
        if "code" in data or "error" in data:
            error = data["error"] if isinstance(data.get("error"), dict) else data
            return [Refused([], str(error.get("msg", error))[:200])]
        # bookTicker has no `e`: only the name of the stream says what it is.
        kind = data.get("e") or str(message.get("stream")).partition("@")[2]
        if kind == "aggTrade":
            return [
                Trade(text(data, "s"), whole(data, "a"), _time(data, "T"), text(data, "p"), text(data, "q"))
            ]
        if kind == "bookTicker":
            return [_quote(data)]
        if kind == "24hrMiniTicker":
            return [Last(text(data, "s"), _time(data, "E"), text(data, "c"))]
        if kind == "serverShutdown":
            return [Leaving("the server shuts down soon")]
        return []


def _streams(names: Sequence[str]) -> list[str]:
    return [f"{name.lower()}@{stream}" for name in names for stream in STREAMS]


def _quote(data: dict[str, Any]) -> Quote:
    time = _time(data, "E") if data.get("E") is not None else None
    return Quote(
        text(data, "s"),
        whole(data, "u"),
        time,
        text(data, "b"),
        text(data, "B"),
        text(data, "a"),
        text(data, "A"),
    )


def _time(data: dict[str, Any], name: str) -> int:
    value = text(data, name)
    found = microseconds(value, "us" if whole(data, name) >= MICROSECONDS_FROM else "ms")
    if found is None:
        raise TickError(f"{name}: {value[:40]!r} is not a time in ms or µs since the epoch")
    return found
