"""Messages of Bitstamp's websocket, as recordings have them: channels `live_trades_…`. Pure."""

from typing import Any

from tickcast.publisher.sources.exchanges.events import Trade
from tickcast.publisher.sources.message_fields import text, whole
from tickcast.wire.tick import TickError

_CHANNEL = "live_trades_"


def bitstamp(message: dict[str, Any]) -> list[Trade]:
    """Return the trade of a message, often none. Its numbers are text. Raises TickError."""
    channel = message.get("channel")
    if message.get("event") != "trade" or not isinstance(channel, str) or not channel.startswith(_CHANNEL):
        return []
    data = message.get("data")
    if not isinstance(data, dict):
        raise TickError("data: an object is needed")
    # `price` has lost digits that `price_str` still has.
    price, size = text(data, "price_str"), text(data, "amount_str")
    name = channel.removeprefix(_CHANNEL).upper()
    return [Trade(name, whole(data, "id"), whole(data, "microtimestamp"), price, size)]
