"""Messages of OKX's websocket v5, as recordings have them: channels `tickers` and `trades`. Pure."""

from typing import Any

from tickcast.publisher.sources.exchanges.events import Quote, Trade
from tickcast.publisher.sources.message_fields import text
from tickcast.publisher.sources.times import microseconds
from tickcast.wire.tick import TickError


def okx(message: dict[str, Any]) -> list[Trade | Quote]:
    """Return the trades or quotes of a message, often none. Its numbers are text. Raises TickError."""
    about, data = message.get("arg"), message.get("data")
    if not isinstance(about, dict) or not isinstance(data, list):
        return []
    channel = about.get("channel")
    if channel not in ("trades", "tickers"):
        return []
    if not all(isinstance(each, dict) for each in data):
        raise TickError("data: a list of objects is needed")
    return [_trade(each) if channel == "trades" else _quote(each) for each in data]


def _trade(data: dict[str, Any]) -> Trade:
    return Trade(text(data, "instId"), 0, _time(data), text(data, "px"), text(data, "sz"))


def _quote(data: dict[str, Any]) -> Quote:
    sides = (text(data, name) for name in ("bidPx", "bidSz", "askPx", "askSz", "last", "lastSz"))
    return Quote(text(data, "instId"), None, _time(data), *sides)


def _time(data: dict[str, Any]) -> int:
    found = microseconds(text(data, "ts"), "ms")
    if found is None:
        raise TickError(f"ts: {text(data, 'ts')[:40]!r} is not a time in ms since the epoch")
    return found
