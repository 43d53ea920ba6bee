"""Forms bars of a second and a minute from every tick of a partition. Pure but for its clock.

The newest minute of a symbol includes its newest second, and both are sent together. So after any batch
the two bars of a symbol in Redis end with the same tick, and another publisher can continue from them.
"""

import time
from collections.abc import Callable
from itertools import islice

from tickcast.publisher.bars.open_bar import OpenBar, traded_volume
from tickcast.wire.bar import INTERVALS, bar_key, encode_bar, symbol_of
from tickcast.wire.tick import Tick

ALLOWED_LATENESS = 60_000_000
"""µs that a tick may be older than its second. An older tick means that the source's clock was set back."""

MAX_UNSENT_AGE = 1.25
"""Seconds that a changed bar may stay unsent; with SWEEP_INTERVAL, less than two."""

SWEEP_INTERVAL = 0.5
"""Seconds between two searches for bars that stayed unsent too long."""

BATCH_BARS = 1000
"""Bars in one batch without ticks, at most: ticks can be sent between two such batches."""

_SECOND, _MINUTE = INTERVALS["1s"], INTERVALS["1m"]

EncodedBars = list[tuple[bytes, bytes]]
"""(bar key, JSON) pairs, in the order in which they are sent."""


class SymbolBars:
    """The newest second and minute of one symbol, both open to ticks."""

    __slots__ = ("_bars", "_before", "_earliest", "_end", "_minute", "_q", "_second", "_sent", "symbol")

    def __init__(self, symbol: str, bars: "BarFormer") -> None:
        self.symbol = symbol
        self._bars = bars
        self._before: Tick | None = None
        self._second: OpenBar | None = None
        self._minute: OpenBar | None = None
        """The earlier seconds of the minute of `_second`, as one bar; None if there are none."""
        # No time lies between these two, so the first tick begins a new second.
        self._earliest = self._end = 0
        self._q = 0
        self._sent = True

    @property
    def begun(self) -> bool:
        """True if the symbol has had a tick or a restored bar."""
        return self._before is not None or self._second is not None

    def add(self, tick: Tick, q: int) -> None:
        """Count a tick. A tick of a later second ends the current second, which is then sent."""
        if not self._earliest <= tick[1] < self._end:
            self._roll_over(tick)
        second = self._second
        assert second is not None
        if tick[2] != second.close:
            second.set_price(tick[2])
        before, volume = self._before, tick[8]
        # The most common case first: the quote changed, the volume of the day did not.
        if second.volume is None or volume is None or before is None or volume != before[8]:
            more = traded_volume(before, tick)
            if more is not None:
                second.add_volume(more)
        second.ticks += 1
        self._before, self._q = tick, q
        if self._sent:
            self._sent = False
            self._bars.mark_unsent(self)

    def restore(self, second: OpenBar, minute: OpenBar | None, q: int) -> None:
        """Continue the bars in Redis at `q`: the newest second, and its minute without that second."""
        self._begin(second)
        self._minute, self._q = minute, q

    def set_previous(self, tick: Tick) -> None:
        """Set the previous tick, which the traded volume of the next depends on, without counting it."""
        self._before = tick

    def take(self) -> EncodedBars:
        """Return minute and second as they are now, and mark them sent. The symbol has had a tick."""
        second, minute = self._second, self._minute
        assert second is not None
        self._sent = True
        if minute is None:
            whole = second.copy()
            whole.start -= whole.start % _MINUTE
        else:
            whole = minute.copy()
            whole.append_bar(second)
        symbol, key, q = self.symbol, self.symbol.encode("ascii"), self._q
        return [
            (bar_key(key, "1m"), encode_bar(whole.to_bar(symbol, "1m", q))),
            (bar_key(key, "1s"), encode_bar(second.to_bar(symbol, "1s", q))),
        ]

    def _roll_over(self, tick: Tick) -> None:
        """End the current second, and the minute if `tick` is in another one. Begin the second of `tick`."""
        if not self._sent:
            self._bars.ended += self.take()
            self._bars.mark_sent(self)
        time, second = tick[1], self._second
        if second is None or time // _MINUTE != second.start // _MINUTE:
            self._minute = None
        elif self._minute is None:
            self._minute = second
            second.start -= second.start % _MINUTE
        else:
            self._minute.append_bar(second)
        self._begin(OpenBar(time - time % _SECOND, tick[2]))

    def _begin(self, second: OpenBar) -> None:
        self._second = second
        self._earliest, self._end = second.start - ALLOWED_LATENESS, second.start + _SECOND


class BarFormer:
    """Forms the bars of all symbols of one partition."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.ended: EncodedBars = []
        """Bars that ended and have not been taken yet."""
        self._clock = clock
        self._symbols: dict[str, SymbolBars] = {}
        self._unsent: dict[SymbolBars, float] = {}
        """Bars that changed since they were sent -> time of the first change, s; oldest first."""

    @property
    def symbols(self) -> int:
        """Number of symbols that have bars."""
        return len(self._symbols)

    def of(self, symbol: str) -> SymbolBars:
        """Return the bars of a symbol; a new symbol gets new ones."""
        found = self._symbols.get(symbol)
        if found is None:
            found = self._symbols[symbol] = SymbolBars(symbol, self)
        return found

    def drop(self, symbol: str) -> None:
        """Forget the bars of a symbol, those included that have not been sent."""
        bars = self._symbols.pop(symbol, None)
        if bars is not None:
            self._unsent.pop(bars, None)
            key = symbol.encode("ascii")
            self.ended = [each for each in self.ended if symbol_of(each[0]) != key]

    def take(self) -> EncodedBars:
        """Return the bars that ended since the last call, to be sent."""
        taken, self.ended = self.ended, []
        return taken

    def overdue(self, age: float = MAX_UNSENT_AGE) -> EncodedBars:
        """Return bars that stayed unsent for `age` seconds or more, BATCH_BARS at most; mark them sent."""
        due = self._clock() - age
        found = [
            bars for bars, since in islice(self._unsent.items(), BATCH_BARS // len(INTERVALS)) if since <= due
        ]
        for bars in found:
            del self._unsent[bars]
        return [pair for bars in found for pair in bars.take()]

    def mark_unsent(self, bars: SymbolBars) -> None:
        """Record that the bars of a symbol changed since they were sent."""
        self._unsent[bars] = self._clock()

    def mark_sent(self, bars: SymbolBars) -> None:
        """Record that the bars of a symbol were sent."""
        del self._unsent[bars]
