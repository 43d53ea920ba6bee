"""A bar that is still open to ticks, and the traded volume of a tick. Pure."""

from decimal import Decimal

from tickcast.wire.bar import Bar
from tickcast.wire.exact_sum import Number, minus, number, plus, text
from tickcast.wire.tick import Tick


class OpenBar:
    """One bar of a symbol and an interval, open to ticks."""

    __slots__ = ("_bottom", "_top", "close", "high", "low", "open", "start", "ticks", "volume")

    def __init__(self, start: int, price: str) -> None:
        """Begin at `start`, µs since 1970, with the first price. The caller counts the first tick."""
        self.start = start
        self.open = self.high = self.low = self.close = price
        self._top = self._bottom = float(price)
        self.volume: Number | None = None
        self.ticks = 0

    def set_price(self, price: str) -> None:
        """Set the newest price, and with it high and low. Prices compare as numbers, exactly."""
        self.close = price
        value = float(price)
        # Floats are fast, and exact enough but for prices that differ after the 15th digit.
        if value > self._top or (value == self._top and Decimal(price) > Decimal(self.high)):
            self.high, self._top = price, value
        if value < self._bottom or (value == self._bottom and Decimal(price) < Decimal(self.low)):
            self.low, self._bottom = price, value

    def add_volume(self, more: Number) -> None:
        """Add `more` to the volume of the bar."""
        self.volume = more if self.volume is None else plus(self.volume, more)

    def append_bar(self, later: "OpenBar") -> None:
        """Extend this bar by the bar after it: prices, volume and ticks."""
        for price in (later.high, later.low, later.close):
            self.set_price(price)
        if later.volume is not None:
            self.add_volume(later.volume)
        self.ticks += later.ticks

    def copy(self) -> "OpenBar":
        """Return an equal bar that changes independently."""
        other = OpenBar(self.start, self.open)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def to_bar(self, symbol: str, interval: str, q: int) -> Bar:
        """Return the bar as it is after the tick with sequence number `q`."""
        volume = None if self.volume is None else text(self.volume)
        return Bar(
            symbol, interval, self.start, self.open, self.high, self.low, self.close, volume, self.ticks, q
        )


def open_bar(bar: Bar) -> OpenBar:
    """Return an open bar that continues `bar`."""
    found = OpenBar(bar.start, bar.open)
    for price in (bar.high, bar.low, bar.close):
        found.set_price(price)
    found.volume = None if bar.volume is None else number(bar.volume)
    found.ticks = bar.ticks
    return found


def traded_volume(before: Tick | None, tick: Tick) -> Number | None:
    """Return the volume traded in `tick`, which came after `before`; None if the tick gives no volume.

    If both ticks give the volume of the day, only a change of it is a trade. Otherwise a source repeats the
    last trade with every new quote, and a repeated trade does not count again.
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
