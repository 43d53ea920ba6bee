"""A bar: prices and volume of one symbol in one interval of time, and its JSON (docs/protocol.md, Bars).

    {"S":"AAPL","i":"1m","t":1795384800000000,"o":189.30,"h":189.40,"l":189.25,"c":189.34,"v":12300,"n":42,"q":10423}

The publisher makes the JSON, once for all readers. `q - n` is the `q` of the bar before, so a reader can
prove that the bars of a symbol count every tick of it.
"""

import re
from typing import Any, NamedTuple

from tickcast.wire.decimals import MAX_DECIMAL_LENGTH, NUMBER
from tickcast.wire.fields import MAX_WHOLE, FieldError, decimal, read_fields, whole
from tickcast.wire.symbol import PATTERN, SymbolError, parse_symbol


class Interval(NamedTuple):
    """The bars of one length."""

    length: int
    """µs. A day has 23 or 25 hours when clocks change."""
    kept: int = 0
    """Final bars of a symbol that Redis keeps, at most; 0: none, they are made of those of `made_of`."""
    made_of: str = ""
    """Name of the interval of whose bars these are made when they are asked for; empty: they are formed."""


ALL_INTERVALS = {
    "1s": Interval(1_000_000, 600),
    "1m": Interval(60_000_000, 1440),
    "5m": Interval(300_000_000, made_of="1m"),
    "15m": Interval(900_000_000, 960),
    "1h": Interval(3_600_000_000, made_of="15m"),
    "1d": Interval(86_400_000_000, 400),
}
"""Every interval by its name, from short to long: the only list of them."""

INTERVALS = {name: each.length for name, each in ALL_INTERVALS.items() if not each.made_of}
"""Name -> length in µs of the intervals whose bars the publisher forms. Streams have bars of these."""

_STEPS = INTERVALS | {"1d": INTERVALS["1m"]}
"""Interval name -> µs of which every start is a multiple: a day begins at any minute."""


class BarError(ValueError):
    """The text is not a bar. The message names the field and the values it may have."""


class Bar(NamedTuple):
    """One bar. Prices and volume are decimal text (`wire.decimals`), so that every digit survives."""

    symbol: str
    interval: str
    """A name of `INTERVALS`."""
    start: int
    """µs since the epoch, a multiple of the interval; of a day, of a minute."""
    open: str
    high: str
    low: str
    close: str
    volume: str | None
    """Volume traded in the bar; None if the source gives neither sizes nor volume."""
    ticks: int
    """Number of ticks in the bar, at least 1."""
    q: int
    """Sequence number (`q`) of the last tick in the bar."""


def bar_key(symbol: bytes, interval: str) -> bytes:
    """Return the key of a symbol's bars of one interval: symbol, TAB, interval. No symbol contains a TAB."""
    return b"%b\t%b" % (symbol, interval.encode("ascii"))


def symbol_of(key: bytes) -> bytes:
    """Return the symbol of a bar key."""
    return key.partition(b"\t")[0]


def interval_of(key: bytes) -> str:
    """Return the interval of a bar key. The result is undefined for any other text."""
    return key.partition(b"\t")[2].decode("ascii", "replace")


def encode_bar(bar: Bar) -> bytes:
    """Return the ASCII JSON of a valid bar."""
    symbol, interval, start, open_, high, low, close, volume, ticks, q = bar
    traded = "" if volume is None else f',"v":{volume}'
    return (
        f'{{"S":"{symbol}","i":"{interval}","t":{start},"o":{open_},"h":{high},"l":{low},"c":{close}'
        f'{traded},"n":{ticks},"q":{q}}}'
    ).encode("ascii")


def decode_bar(text: bytes | str) -> Bar:
    """Return the bar in a JSON text, every field checked; unknown fields are ignored. Raises BarError."""
    try:
        return _bar_of(read_fields(text))
    except FieldError as error:
        raise BarError(str(error)) from None


def _bar_of(fields: dict[str, Any]) -> Bar:
    interval = fields.get("i")
    if not isinstance(interval, str) or interval not in INTERVALS:
        raise BarError(f"i: {str(interval)[:40]!r} is not one of {', '.join(INTERVALS)}")
    start, ticks, q = whole(fields, "t"), whole(fields, "n"), whole(fields, "q")
    if start % _STEPS[interval]:
        raise BarError(f"t: {start} is no multiple of {'1m' if interval == '1d' else interval}")
    if not 1 <= ticks <= q:
        raise BarError(f"n: {ticks} ticks cannot end with sequence {q}")
    try:
        symbol = parse_symbol(fields.get("S", ""))
    except (SymbolError, TypeError) as error:
        raise BarError(f"S: {error}") from None
    prices = [decimal(fields, name) for name in "ohlc"]
    volume = None if fields.get("v") is None else decimal(fields, "v")
    return Bar(symbol, interval, start, prices[0], prices[1], prices[2], prices[3], volume, ticks, q)


MAX_BAR_BYTES = 512
"""Bytes of the JSON of a bar: a symbol, nine numbers, and some more."""


_WHOLE = r"(?:0|[1-9][0-9]{0,15})"
_BAR = re.compile(
    rb'\{"S":"(%b)","i":"(%b)","t":(%b),"o":(%b),"h":(%b),"l":(%b),"c":(%b)(?:,"v":(%b))?,"n":(%b),"q":(%b)\}'
    % tuple(
        each.encode("ascii") for each in (PATTERN, "|".join(INTERVALS), _WHOLE, *[NUMBER] * 5, _WHOLE, _WHOLE)
    )
)


def is_bar(key: bytes, json: bytes) -> bool:
    """Tell whether `json` is the JSON of a bar of this bar key as `encode_bar` writes it."""
    found = _BAR.fullmatch(json) if len(json) <= MAX_BAR_BYTES else None
    if found is None:
        return False
    symbol, interval, start, *prices, ticks, q = found.groups()
    named = interval.decode("ascii")
    return (
        bar_key(symbol, named) == key
        and int(start) <= MAX_WHOLE
        and not int(start) % _STEPS[named]
        and 1 <= int(ticks) <= int(q) <= MAX_WHOLE
        and all(len(each) <= MAX_DECIMAL_LENGTH for each in prices if each)
    )
