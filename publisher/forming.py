"""A bar while it forms, and what a tick adds to the traded volume. Pure."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

from wire.bar import Bar
from wire.decimals import MAX_LENGTH
from wire.tick import Tick

Number = int | Decimal
"""Whole numbers stay int, which are quicker; anything else is Decimal, which is exact too."""

# A JSON number has at most 32 characters and an exponent of 3 digits: so no sum is ever rounded here.
_EXACT = Context(prec=2_100, Emax=99_999, Emin=-99_999)
_SHORT = Context(prec=20, rounding=ROUND_HALF_EVEN)
_MAX_EXPONENT = 999
_MOST = Decimal(f"9.9999999999999999999e{_MAX_EXPONENT}")
"""The largest volume of 20 digits that the wire takes."""


class Forming:
    """One bar of a symbol and interval, open to ticks. It holds at least one."""

    __slots__ = ("_bottom", "_top", "close", "high", "low", "open", "start", "ticks", "volume")

    def __init__(self, start: int, price: str) -> None:
        """Begin at `start` (µs) with its first price; the tick itself is counted by whoever adds it."""
        self.start = start
        self.open = self.high = self.low = self.close = price
        self._top = self._bottom = float(price)
        self.volume: Number | None = None
        self.ticks = 0

    def reach(self, price: str) -> None:
        """Make `price` the newest, and the highest or lowest if it is that as a number."""
        self.close = price
        value = float(price)
        # Floats are quick and settle all but the prices that differ behind the 15th digit.
        if value > self._top or (value == self._top and Decimal(price) > Decimal(self.high)):
            self.high, self._top = price, value
        if value < self._bottom or (value == self._bottom and Decimal(price) < Decimal(self.low)):
            self.low, self._bottom = price, value

    def trade(self, more: Number) -> None:
        """Add to the volume."""
        self.volume = more if self.volume is None else plus(self.volume, more)

    def extend(self, later: "Forming") -> None:
        """Add all of a bar that came after this one."""
        for price in (later.high, later.low, later.close):
            self.reach(price)
        if later.volume is not None:
            self.trade(later.volume)
        self.ticks += later.ticks

    def copy(self) -> "Forming":
        """Return another that holds the same."""
        other = Forming(self.start, self.open)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def bar(self, symbol: str, interval: str, q: int) -> Bar:
        """Return it as it stands after the tick with sequence `q`."""
        volume = None if self.volume is None else text(self.volume)
        return Bar(
            symbol, interval, self.start, self.open, self.high, self.low, self.close, volume, self.ticks, q
        )


def forming(bar: Bar) -> Forming:
    """Return a bar read from Redis, to go on with."""
    found = Forming(bar.start, bar.open)
    for price in (bar.high, bar.low, bar.close):
        found.reach(price)
    found.volume = None if bar.volume is None else number(bar.volume)
    found.ticks = bar.ticks
    return found


def traded(before: Tick | None, tick: Tick) -> Number | None:
    """Return the volume traded in `tick`, which came after `before`; None if it tells of none.

    Where a volume of the day is told, it tells a trade from a change of the quote. Else what is last
    traded is repeated with every new quote, and must not count again.
    """
    size, volume = tick.size, tick.volume
    if size is None and volume is None:
        return None
    if volume is not None and before is not None and before.volume is not None:
        if volume == before.volume:
            return 0
        return max(0, minus(number(volume), number(before.volume))) if size is None else number(size)
    if size is None:
        return 0
    if before is not None and tick[2:4] == before[2:4] and tick[4:8] != before[4:8]:
        return 0
    return number(size)


def number(digits: str) -> Number:
    """Return the value of a JSON number."""
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)


def plus(one: Number, other: Number) -> Number:
    """Return the exact sum."""
    if type(one) is int and type(other) is int:
        return one + other
    return _EXACT.add(Decimal(one), Decimal(other))


def minus(one: Number, other: Number) -> Number:
    """Return the exact difference."""
    if type(one) is int and type(other) is int:
        return one - other
    return _EXACT.subtract(Decimal(one), Decimal(other))


def text(value: Number) -> str:
    """Return a JSON number, exact if it fits into what the wire allows, else rounded to 20 digits.

    A volume too large for an exponent of 3 digits becomes the largest that has one, a volume too small 0.
    """
    value = Decimal(value)
    if abs(value.adjusted()) < MAX_LENGTH:
        plain = f"{value:f}"
        if len(plain) <= MAX_LENGTH:
            return plain
    short = _SHORT.plus(value)
    if abs(short.adjusted()) <= _MAX_EXPONENT:
        return f"{short:e}"
    return f"{_MOST.copy_sign(short):e}" if short and short.adjusted() > 0 else "0"
