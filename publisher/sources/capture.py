"""Captures of exchange websockets: lines of `RECEIVED: MESSAGE`, as the recorders of crypto exchanges write.

Ticks are made from Binance `bookTicker` and `aggTrade` and Coinbase `ticker` and `match`, every digit as
recorded. Other messages are skipped.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tickcast.publisher.sources.fields import FieldReader
from tickcast.publisher.sources.times import TimeUnit
from tickcast.wire.exact_json import load_digits
from tickcast.wire.symbol import fold
from tickcast.wire.tick import Tick, TickError, check_tick

_LINE = re.compile(rb"([0-9]{1,10})(?:\.([0-9]{1,9}))?: (.+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS_FROM = 10**14
"""Binance times from this number on are in µs, as an option of its streams; smaller times are in ms.

A `--time-unit` other than the default says which unit they are in.
"""


class Capture:
    """Reads the lines of one capture, in order.

    A message has only some fields of a tick. The other fields keep the values of the symbol's last tick.
    """

    def __init__(self, reader: FieldReader | None = None) -> None:
        self._last: dict[str, Tick] = {}
        self._reader = reader or FieldReader()
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
        """Return the tick of a line, in a list; an empty list for other messages. Raises TickError."""
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
        tick = self._tick(message, received) if isinstance(message, dict) else None
        if tick is None:
            return []
        tick = check_tick(tick)
        self._last[tick.symbol] = tick
        return [tick]

    def _tick(self, message: dict[str, Any], received: int) -> Tick | None:
        if message.get("type") in ("ticker", "match"):
            return self._coinbase(message)
        data = message.get("data", message)
        if not isinstance(data, dict):
            return None
        # In Binance's spot bookTicker only the name of the stream has the kind of the message.
        kind = data.get("e") or str(message.get("stream")).partition("@")[2]
        if kind in ("bookTicker", "aggTrade"):
            return self._binance(kind, data, received)
        return None

    def _coinbase(self, message: dict[str, Any]) -> Tick:
        self.unit = None
        tick = self._next(_text(message, "product_id"), _rfc3339(_text(message, "time")))
        price = _text(message, "price")
        if message["type"] == "match":
            return tick._replace(price=price, size=_text(message, "size"))
        return tick._replace(
            price=price,
            size=_optional(message, "last_size") or tick.size,
            bid=_text(message, "best_bid"),
            bid_size=_optional(message, "best_bid_size"),
            ask=_text(message, "best_ask"),
            ask_size=_optional(message, "best_ask_size"),
            volume=_text(message, "volume_24h"),
        )

    def _binance(self, kind: str, data: dict[str, Any], received: int) -> Tick:
        time = data.get("T") or data.get("E")
        self.unit = "s"  # of the time of receipt
        tick = self._next(_text(data, "s"), received if time is None else self._epoch(time))
        if kind == "aggTrade":
            return tick._replace(price=_text(data, "p"), size=_text(data, "q"))
        bid = _text(data, "b")
        return tick._replace(
            # A quote has no last price: before the first trade, which has a size, the bid is the price.
            price=bid if tick.size is None else tick.price,
            bid=bid,
            bid_size=_text(data, "B"),
            ask=_text(data, "a"),
            ask_size=_text(data, "A"),
        )

    def _next(self, name: str, time: int) -> Tick:
        """Return the last tick of symbol `name` with a new time; a tick without a price if there is none."""
        symbol = fold(name, self._reader.case)
        self._reader.spellings.note(name, symbol)
        last = self._last.get(symbol)
        return Tick(symbol, time, "") if last is None else last._replace(time=time)

    def _epoch(self, time: Any) -> int:
        found = None
        if isinstance(time, str) and time.isascii() and time.isdigit():
            in_microseconds = self._binance_unit == "ms" and int(time[:17]) >= _MICROSECONDS_FROM
            self.unit = unit = "us" if in_microseconds else self._binance_unit
            found = self._reader.times.read(time, unit)
        if found is None:
            raise TickError(f"T: {str(time)[:40]!r} is not a time in ms or µs since the epoch")
        return found


def _text(message: dict[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise TickError(f"{name}: missing, or neither a text nor a number")
    return value


def _optional(message: dict[str, Any], name: str) -> str | None:
    return None if message.get(name) is None else _text(message, name)


def _rfc3339(text: str) -> int:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError):
        raise TickError(f"time: {text[:40]!r} is not a time like 2021-04-17T16:43:30.244075Z") from None
