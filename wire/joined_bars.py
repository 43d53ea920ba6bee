"""Several bars as one: hours of quarters, and a day up to its newest minute. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from tickcast.wire.bar import Bar
from tickcast.wire.exact_sum import Number, number, plus, text


def joined(bars: Sequence[Bar], interval: str, start: int) -> Bar:
    """Return bars of a symbol that follow each other as one bar; `start` is in µs since the epoch."""
    first, last = bars[0], bars[-1]
    volume: Number | None = None
    for bar in bars:
        if bar.volume is not None:
            volume = number(bar.volume) if volume is None else plus(volume, number(bar.volume))
    return Bar(
        first.symbol,
        interval,
        start,
        first.open,
        max((bar.high for bar in bars), key=Decimal),
        min((bar.low for bar in bars), key=Decimal),
        last.close,
        None if volume is None else text(volume),
        sum(bar.ticks for bar in bars),
        last.q,
    )


def up_to(long: Bar, minute: Bar) -> Bar:
    """Return the newest bar of a long interval with the newest minute of its symbol in it.

    A long bar ends with the last tick of a minute, but one that is new, or of a quiet symbol, has the minute
    in it as far as that had come. A minute that it shares only a part of is left out.
    """
    begin = minute.q - minute.ticks
    if minute.q <= long.q or minute.start < long.start:
        return long
    if long.q - long.ticks == begin:
        return minute._replace(interval=long.interval, start=long.start)
    return joined((long, minute), long.interval, long.start) if long.q <= begin else long
