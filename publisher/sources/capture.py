"""Captures of exchange websockets: lines of `RECEIVED: MESSAGE`, as the recorders of crypto exchanges write.

Ticks are made of trades and quotes of the exchanges in VENUES, every digit as recorded. Other messages are
skipped.
"""

import re
from typing import Any

from tickcast.publisher.sources.exchanges.binance import MICROSECONDS_FROM
from tickcast.publisher.sources.exchanges.bitstamp import bitstamp
from tickcast.publisher.sources.exchanges.events import Quote, Trade
from tickcast.publisher.sources.exchanges.kraken import Kraken
from tickcast.publisher.sources.exchanges.kraken_v1 import kraken_v1
from tickcast.publisher.sources.exchanges.okx import okx
from tickcast.publisher.sources.fields import FieldReader
from tickcast.publisher.sources.message_fields import optional, rfc3339, text
from tickcast.publisher.sources.times import TimeUnit
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.exact_json import load_digits
from tickcast.wire.symbol import SymbolError, parse_symbol
from tickcast.wire.tick import Tick, TickError, check_tick

VENUES = ("Binance", "Bitstamp", "Coinbase", "Kraken", "OKX")
"""Exchanges whose messages are known."""

_KRAKEN = Kraken()
_LINE = re.compile(rb"([0-9]{1,10})(?:\.([0-9]{1,9}))?: (.+)")


def _others(message: dict[str, Any]) -> list[Trade | Quote]:
    if message.get("channel") in ("ticker", "trade"):
        read = _KRAKEN.read(message, ())
        return [event for event in read if isinstance(event, Trade | Quote)]
    return okx(message) or [*bitstamp(message)]


class Capture:
    """Reads the lines of one capture, in order.

    A message has only some fields of a tick. The other fields keep the values of the symbol's last tick.
    """

    def __init__(self, reader: FieldReader | None = None) -> None:
        self._last: dict[str, Tick] = {}
        """Of MAX_SYMBOLS at most, as many as a feed has."""
        self._traded: set[str] = set()
        """Symbols with trades of their own: what a ticker says of the last trade would count it twice."""
        self._reader = reader or FieldReader()
        # A `--time-unit` other than the default says which unit the times of Binance are in.
        set_unit = self._reader.times.unit
        self._binance_unit: TimeUnit = "ms" if set_unit == "us" else set_unit
        """The unit of Binance's times, unless they are large enough for µs."""
        self.unit: TimeUnit | None = self._binance_unit
        """The unit of the newest tick's time; None if it is a date as in RFC 3339."""

    @staticmethod
    def recognises(line: bytes) -> bool:
        """Return True if `line` can be the first line of a capture."""
        return line.startswith((b"wss://", b"ws://")) or _LINE.fullmatch(line) is not None

    def items(self, line: bytes) -> list[Tick]:
        """Return the ticks of a line; none for other messages. Raises TickError."""
        if line.startswith((b"wss://", b"ws://")):
            return []
        match = _LINE.fullmatch(line)
        if match is None:
            raise TickError("a line of a capture is `RECEIVED: MESSAGE`")
        received = int(match[1]) * 1_000_000 + int((match[2] or b"").ljust(6, b"0")[:6])
        try:
            message = load_digits(match[3])
        except ValueError as error:
            raise TickError(f"not JSON: {error}") from None
        if isinstance(message, list):
            return [self._kept(self._merged(event, received)) for event in kraken_v1(message)]
        if not isinstance(message, dict):
            return []
        tick = self._tick(message, received)
        if tick is not None:
            return [self._kept(tick)]
        return [self._kept(self._merged(event, received)) for event in _others(message)]

    def _kept(self, tick: Tick) -> Tick:
        tick = check_tick(tick)
        if len(self._last) < MAX_SYMBOLS or tick.symbol in self._last:
            self._last[tick.symbol] = tick
        return tick

    def _tick(self, message: dict[str, Any], received: int) -> Tick | None:
        if message.get("type") in ("ticker", "match") and "product_id" in message:
            return self._coinbase(message)
        data = message.get("data", message)
        if not isinstance(data, dict):
            return None
        # In Binance's spot bookTicker only the name of the stream has the kind of the message.
        kind = data.get("e") or str(message.get("stream")).partition("@")[2]
        if kind in ("bookTicker", "aggTrade"):
            return self._binance(kind, data, received)
        return None

    def _merged(self, event: Trade | Quote, received: int) -> Tick:
        self.unit = "s" if event.time is None else None
        tick = self._next(event.name, received if event.time is None else event.time)
        if isinstance(event, Trade):
            if len(self._traded) < MAX_SYMBOLS:
                self._traded.add(tick.symbol)
            return tick._replace(price=event.price, size=event.size)
        if event.last is not None and tick.symbol not in self._traded:
            tick = tick._replace(price=event.last, size=event.last_size)
        return tick._replace(bid=event.bid, bid_size=event.bid_size, ask=event.ask, ask_size=event.ask_size)

    def _coinbase(self, message: dict[str, Any]) -> Tick:
        self.unit = None
        tick = self._next(text(message, "product_id"), rfc3339(text(message, "time")))
        price = text(message, "price")
        if message["type"] == "match":
            return tick._replace(price=price, size=text(message, "size"))
        return tick._replace(
            price=price,
            size=optional(message, "last_size") or tick.size,
            bid=text(message, "best_bid"),
            bid_size=optional(message, "best_bid_size"),
            ask=text(message, "best_ask"),
            ask_size=optional(message, "best_ask_size"),
            volume=text(message, "volume_24h"),
        )

    def _binance(self, kind: str, data: dict[str, Any], received: int) -> Tick:
        time = data.get("T") or data.get("E")
        self.unit = "s"  # of the time of receipt
        tick = self._next(text(data, "s"), received if time is None else self._epoch(time))
        if kind == "aggTrade":
            return tick._replace(price=text(data, "p"), size=text(data, "q"))
        bid = text(data, "b")
        return tick._replace(
            # A quote has no last price: before the first trade, which has a size, the bid is the price.
            price=bid if tick.size is None else tick.price,
            bid=bid,
            bid_size=text(data, "B"),
            ask=text(data, "a"),
            ask_size=text(data, "A"),
        )

    def _next(self, name: str, time: int) -> Tick:
        """Return the last tick of symbol `name` with a new time; a tick without a price if there is none.

        Raises TickError for what is no symbol: nothing of that is kept.
        """
        try:
            symbol = parse_symbol(name, self._reader.case)
        except SymbolError as error:
            raise TickError(f"S: {error}") from None
        self._reader.spellings.note(name, symbol)
        last = self._last.get(symbol)
        return Tick(symbol, time, "") if last is None else last._replace(time=time)

    def _epoch(self, time: Any) -> int:
        found = None
        if isinstance(time, str) and time.isascii() and time.isdigit():
            in_microseconds = self._binance_unit == "ms" and int(time[:17]) >= MICROSECONDS_FROM
            self.unit = unit = "us" if in_microseconds else self._binance_unit
            found = self._reader.times.read(time, unit)
        if found is None:
            raise TickError(f"T: {str(time)[:40]!r} is not a time in ms or µs since the epoch")
        return found
