"""The protocol of Kraken's websocket v2: channels `ticker` (each new quote) and `trade`. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from tickcast.publisher.sources.exchanges.events import (
    Confirmed,
    Event,
    Quote,
    Refused,
    as_text,
    numbered_trade,
    parted,
)
from tickcast.publisher.sources.message_fields import optional, rfc3339, text
from tickcast.wire.tick import TickError


class Kraken:
    """Kraken repeats the newest 50 trades and the quote after each subscription."""

    name = "kraken"
    url = "wss://ws.kraken.com/v2"
    most = 100
    pause = 0.2
    quiet = 60.0
    confirms = True
    fails_whole = False

    def spelling(self, symbol: str) -> str:
        """Return BTC/USD."""
        return parted(symbol, "/")

    def subscribe(self, names: Sequence[str]) -> list[str]:
        """Return a message for each channel; each symbol is confirmed or refused by itself."""
        return self._messages("subscribe", names)

    def unsubscribe(self, names: Sequence[str]) -> list[str]:
        """Return a message for each channel."""
        return self._messages("unsubscribe", names)

    def _messages(self, method: str, names: Sequence[str]) -> list[str]:
        channels: list[dict[str, Any]] = [{"channel": "ticker", "event_trigger": "bbo"}, {"channel": "trade"}]
        more = {"snapshot": True} if method == "subscribe" else {}
        return [
            as_text({"method": method, "params": each | {"symbol": [*names]} | more}) for each in channels
        ]

    def probe(self) -> str | None:
        """Return a ping: heartbeats come only while nothing else does."""
        return '{"method":"ping"}'

    def read(self, message: Any, names: Iterable[str]) -> list[Event]:
        """Return what a message says."""
        if not isinstance(message, dict):
            raise TickError("not an object")
        if message.get("method") == "subscribe":
            return _answer(message)
        if message.get("error") is not None:
            return [Refused([], str(message["error"])[:200])]
        channel = message.get("channel")
        if channel == "ticker":
            return [_quote(each) for each in _data(message)]
        if channel == "trade":
            old = message.get("type") == "snapshot"
            return [
                numbered_trade(each, old, name="symbol", time="timestamp", size="qty")
                for each in _data(message)
            ]
        return []


def _answer(message: dict[str, Any]) -> list[Event]:
    if message.get("success") is True:
        result = message.get("result")
        if not isinstance(result, dict):
            raise TickError("result: an object is needed")
        return [Confirmed([text(result, "symbol")])] if result.get("channel") == "trade" else []
    name = optional(message, "symbol")
    return [Refused([] if name is None else [name], str(message.get("error"))[:200])]


def _data(message: dict[str, Any]) -> list[dict[str, Any]]:
    data = message.get("data")
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise TickError("data: a list of objects is needed")
    return data


def _quote(data: dict[str, Any]) -> Quote:
    time = optional(data, "timestamp")
    found = None if time is None else rfc3339(time)
    return Quote(
        text(data, "symbol"),
        found,
        found,
        text(data, "bid"),
        text(data, "bid_qty"),
        text(data, "ask"),
        text(data, "ask_qty"),
        text(data, "last"),
    )
