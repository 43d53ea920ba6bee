"""A tick: one update of one symbol, as a source makes it, and as JSON on the wire.

The JSON is made once, in the publisher, and travels byte for byte to the browser.
"""

from typing import Any, NamedTuple

from tickcast.wire.decimals import is_decimal
from tickcast.wire.fields import MAX_WHOLE, FieldError, read_fields, whole
from tickcast.wire.symbol import SymbolError, parse_symbol

MAX_TIME = MAX_WHOLE
"""The largest source time, µs."""


class TickError(ValueError):
    """The text or value is no tick; the message names the field and what is allowed."""


class Tick(NamedTuple):
    """One update. Numbers are decimal text (`wire.decimals`), so that digits survive.

    `q`, the per-symbol sequence, is not here: the publisher counts, not the source.
    """

    symbol: str
    """Upper-case, `wire.symbol.PATTERN`."""
    time: int
    """Source time, µs since the epoch."""
    price: str
    """Last price."""
    size: str | None = None
    """Last size."""
    bid: str | None = None
    bid_size: str | None = None
    ask: str | None = None
    ask_size: str | None = None
    volume: str | None = None
    """Volume of the day."""


_FIELDS = {
    "p": "price",
    "s": "size",
    "bp": "bid",
    "bs": "bid_size",
    "ap": "ask",
    "as": "ask_size",
    "v": "volume",
}


def encode_tick(tick: Tick, q: int) -> bytes:
    """Return the JSON of a valid tick with sequence `q`; fields that the source left out are left out."""
    symbol, time, price, size, bid, bid_size, ask, ask_size, volume = tick
    text = f'{{"S":"{symbol}","q":{q},"t":{time},"p":{price}'
    if size is not None:
        text += f',"s":{size}'
    if bid is not None:
        text += f',"bp":{bid}'
    if bid_size is not None:
        text += f',"bs":{bid_size}'
    if ask is not None:
        text += f',"ap":{ask}'
    if ask_size is not None:
        text += f',"as":{ask_size}'
    if volume is not None:
        text += f',"v":{volume}'
    return (text + "}").encode("ascii")


def check_tick(tick: Tick) -> Tick:
    """Return `tick` with its symbol upper-cased, every field checked.

    Raises TickError. For ticks from outside; our own simulator need not ask.
    """
    try:
        symbol = parse_symbol(tick.symbol)
    except SymbolError as error:
        raise TickError(f"S: {error}") from None
    if not 0 < tick.time <= MAX_TIME:
        raise TickError(f"t: {tick.time} is not a time in µs since the epoch, 1 to {MAX_TIME}")
    for short, value in zip(_FIELDS, tick[2:], strict=True):
        if value is None:
            if short == "p":
                raise TickError("p: a price is needed")
        elif not is_decimal(value):
            raise TickError(f"{short}: {value[:40]!r} is not a JSON number of at most 32 characters")
    return tick if symbol == tick.symbol else tick._replace(symbol=symbol)


def decode_tick(text: bytes | str) -> tuple[Tick, int | None]:
    """Return the tick and its `q` (None if it has none) from JSON; unknown names are ignored.

    Raises TickError.
    """
    try:
        fields = read_fields(text)
        return tick_from(fields), None if fields.get("q") is None else whole(fields, "q")
    except FieldError as error:
        raise TickError(str(error)) from None


def tick_from(fields: dict[str, Any]) -> Tick:
    """Return the checked tick of a mapping with the wire's names; numbers are decimal text.

    Raises TickError.
    """
    for name in ("S", "t", "p"):
        if name not in fields:
            raise TickError(f"{name}: missing; a tick needs S, t and p")
    symbol = fields["S"]
    if not isinstance(symbol, str):
        raise TickError("S: a symbol is a text")
    numbers: dict[str, str] = {}
    for short, name in _FIELDS.items():
        value = fields.get(short)
        if value is None:
            continue
        if not isinstance(value, str):
            raise TickError(f"{short}: {str(value)[:40]!r} is not a number")
        numbers[name] = value
    if "price" not in numbers:
        raise TickError("p: a price is needed")
    try:
        time = whole(fields, "t")
    except FieldError as error:
        raise TickError(str(error)) from None
    return check_tick(Tick(symbol=symbol, time=time, **numbers))
