"""The protocol of Coinbase Exchange: channels `ticker`, `matches` and `heartbeat`. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tickcast.publisher.sources.exchanges.events import (
    Beat,
    Confirmed,
    Event,
    Quote,
    Refused,
    as_text,
    numbered_trade,
    parted,
)
from tickcast.publisher.sources.message_fields import optional, rfc3339, text, whole
from tickcast.wire.tick import TickError

CHANNELS = ("ticker", "matches", "heartbeat")
_WORD = re.compile(r"[A-Z0-9]+-[A-Z0-9]+")


class Coinbase:
    """Coinbase numbers the trades of a product, and says the newest number once a second."""

    name = "coinbase"
    url = "wss://ws-feed.exchange.coinbase.com"
    most = 100
    pause = 0.2
    quiet = 10.0
    confirms = True
    fails_whole = True

    def spelling(self, symbol: str) -> str:
        """Return BTC-USD."""
        return parted(symbol, "-")

    def subscribe(self, names: Sequence[str]) -> list[str]:
        """Return one message: a refused product fails all of it."""
        return [as_text({"type": "subscribe", "product_ids": [*names], "channels": [*CHANNELS]})]

    def unsubscribe(self, names: Sequence[str]) -> list[str]:
        """Return one message."""
        return [as_text({"type": "unsubscribe", "product_ids": [*names], "channels": [*CHANNELS]})]

    def probe(self) -> str | None:
        """Return nothing: each product has a heartbeat a second."""
        return None

    def read(self, message: Any, names: Iterable[str]) -> list[Event]:
        """Return what a message says. New kinds of messages may come at any time and say nothing."""
        if not isinstance(message, dict):
            raise TickError("not an object")
        kind = text(message, "type")
        if kind == "ticker":
            return [_quote(message)]
        if kind in ("match", "last_match"):
            return [
                numbered_trade(message, kind == "last_match", name="product_id", time="time", size="size")
            ]
        if kind == "heartbeat":
            return [Beat(text(message, "product_id"), whole(message, "last_trade_id"))]
        if kind == "subscriptions":
            return [Confirmed(sorted(_subscribed(message)))]
        if kind == "error":
            reason = f"{message.get('message', '')}: {message.get('reason', '')}".strip(": ")
            named = {*_WORD.findall(reason)} & {*names}
            return [Refused(sorted(named), reason[:200])]
        return []


def _quote(message: dict[str, Any]) -> Quote:
    return Quote(
        text(message, "product_id"),
        whole(message, "sequence"),
        rfc3339(text(message, "time")),
        text(message, "best_bid"),
        optional(message, "best_bid_size"),
        text(message, "best_ask"),
        optional(message, "best_ask_size"),
        text(message, "price"),
        optional(message, "last_size"),
    )


def _subscribed(message: dict[str, Any]) -> set[str]:
    channels = message.get("channels")
    if not isinstance(channels, list) or not all(isinstance(each, dict) for each in channels):
        raise TickError("channels: a list of objects is needed")
    listed = [each.get("product_ids") for each in channels if each.get("name") == "heartbeat"]
    return {name for names in listed if isinstance(names, list) for name in names if isinstance(name, str)}
