"""Messages of Kraken's websocket v1, as recordings have them: arrays that end with channel and pair. Pure."""

from typing import Any

from tickcast.publisher.sources.exchanges.events import Quote, Trade
from tickcast.publisher.sources.times import microseconds
from tickcast.wire.tick import TickError


def kraken_v1(message: list[Any]) -> list[Trade | Quote]:
    """Return the trades or the quote of a message, often none. Its numbers are text. Raises TickError."""
    if len(message) != 4 or not isinstance(message[3], str):
        return []
    content, channel, pair = message[1:]
    if channel == "trade" and isinstance(content, list):
        return [_trade(each, pair) for each in content]
    if channel == "ticker" and isinstance(content, dict):
        bid, ask, last = (
            _texts(content.get(name), number) for name, number in (("b", 3), ("a", 3), ("c", 2))
        )
        return [Quote(pair, None, None, bid[0], bid[2], ask[0], ask[2], last[0], last[1])]
    return []


def _trade(content: Any, pair: str) -> Trade:
    price, size, time = _texts(content, 3)[:3]
    found = microseconds(time, "s")
    if found is None:
        raise TickError(f"time: {time[:40]!r} is not a time in s since the epoch")
    return Trade(pair, 0, found, price, size)


def _texts(content: Any, number: int) -> list[str]:
    if not isinstance(content, list) or len(content) < number:
        raise TickError(f"{str(content)[:40]!r} is not an array of at least {number}")
    if not all(isinstance(each, str) for each in content[:number]):
        raise TickError(f"{str(content)[:40]!r} has something else than numbers")
    return content
