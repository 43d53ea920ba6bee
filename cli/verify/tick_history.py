"""The newest ticks of every symbol, kept once for all checking clients, and the bars that they should make.

The arithmetic is as plain as possible, and deliberately not the publisher's: it exists to find faults in the
publisher's.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from itertools import pairwise

from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.tick import Tick, decode_tick

MAX_TICKS = 200_000
"""Ticks kept for each symbol; bars of older ticks cannot be checked."""

MAX_VERDICTS = 100_000

SET_BACK = 60_000_000
"""µs that a tick may be older than the start of its bar; an even older tick begins another bar."""

LONGER = {"1d": 3_600_000_000}
"""µs that a bar may be longer than its interval: a day of 25 hours, when clocks are set back."""

_EXACT = Context(prec=2_100)
_ROUNDED = Context(prec=20)
"""Digits to which a volume is rounded that is too long for the wire."""


class TickHistory:
    """Ticks by run, symbol and `q`; within a run of the feed, a `q` names one tick of a symbol."""

    def __init__(self) -> None:
        self._ticks: dict[tuple[str, str], dict[int, Tick]] = {}
        self._verdicts: dict[tuple[str, Bar], str | None] = {}

    def add(self, run: str, symbol: str, q: int, json: bytes) -> None:
        """Keep a tick that is not there yet. Raises TickError."""
        ticks = self._ticks.setdefault((run, symbol), {})
        if q not in ticks:
            ticks[q] = decode_tick(json)[0]
            if len(ticks) > MAX_TICKS:
                del ticks[next(iter(ticks))]

    def fault_in(self, run: str, bar: Bar) -> str | None:
        """Return the fault of a bar, "" if there is none; None if some of its ticks are not here.

        Ticks older than the tick before the bar are forgotten.
        """
        key = run, bar
        if key not in self._verdicts:
            self._verdicts[key] = self._fault_in(run, bar)
            if len(self._verdicts) > MAX_VERDICTS:
                del self._verdicts[next(iter(self._verdicts))]
        return self._verdicts[key]

    def _fault_in(self, run: str, bar: Bar) -> str | None:
        ticks, begin = self._ticks.get((run, bar.symbol), {}), bar.q - bar.ticks
        if begin and begin not in ticks:
            return None
        seen = [ticks[q] for q in range(begin + 1, bar.q + 1) if q in ticks]
        if len(seen) < bar.ticks:
            return None
        while (oldest := next(iter(ticks))) < begin:
            del ticks[oldest]
        return _fault(bar, ticks.get(begin), seen)


def _fault(bar: Bar, before: Tick | None, ticks: Sequence[Tick]) -> str:
    """Return the fault of a bar that `ticks` make, "" if there is none; `before` is the tick before them."""
    start, end = bar.start, bar.start + INTERVALS[bar.interval] + LONGER.get(bar.interval, 0)
    prices = [tick.price for tick in ticks]
    if not start <= ticks[0].time < end:
        return "it began with a tick of another time"
    if any(not start - SET_BACK <= tick.time < end for tick in ticks):
        return "it holds a tick of another time"
    expected = {
        "open": prices[0],
        "high": max(prices, key=Decimal),
        "low": min(prices, key=Decimal),
        "close": prices[-1],
    }
    for name, price in expected.items():
        if getattr(bar, name) != price:
            return f"its {name} is wrong"
    return "" if _is_volume(bar.volume, before, ticks) else "its volume is wrong"


def _is_volume(volume: str | None, before: Tick | None, ticks: Sequence[Tick]) -> bool:
    if volume is None or all(tick.size is None and tick.volume is None for tick in ticks):
        return volume is None and all(tick.size is None and tick.volume is None for tick in ticks)
    total = Decimal(0)
    for previous, tick in pairwise([before, *ticks]):
        assert tick is not None
        total = _EXACT.add(total, _traded(previous, tick))
    return Decimal(volume) in (total, _ROUNDED.plus(total))


def _traded(before: Tick | None, tick: Tick) -> Decimal:
    size = Decimal(tick.size or 0)
    if before is not None and before.volume is not None and tick.volume is not None:
        if tick.volume == before.volume:
            return Decimal(0)
        grown = _EXACT.subtract(Decimal(tick.volume), Decimal(before.volume))
        return size if tick.size is not None else max(Decimal(0), grown)
    if before is not None and (tick.price, tick.size) == (before.price, before.size):
        quote = (tick.bid, tick.bid_size, tick.ask, tick.ask_size)
        if quote != (before.bid, before.bid_size, before.ask, before.ask_size):
            return Decimal(0)
    return size
