"""Forms the bars of every interval from every tick of a partition. Pure but for its clock."""

import time
from collections.abc import Callable, Iterator
from itertools import islice

from tickcast.publisher.bars.symbol_bars import EncodedBars, SymbolBars, Turn
from tickcast.publisher.bars.trading_day import UTC_DAY, TradingDay
from tickcast.wire.bar import INTERVALS, symbol_of

MAX_UNSENT_AGE = 1.25
"""Seconds that a changed second and minute may stay unsent; with SWEEP_INTERVAL, less than two."""

MAX_LONG_AGE = 61.0
"""Seconds that changed quarters and days may stay unsent: a little more than the minute that sends them."""

SWEEP_INTERVAL = 0.5
"""Seconds between two searches for bars that stayed unsent too long."""

BATCH_BARS = 1000
"""Bars in one batch without ticks, at most: ticks can be sent between two such batches."""


class BarFormer:
    """Forms the bars of all symbols of one partition."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.ended: EncodedBars = []
        """Bars that ended and have not been taken yet."""
        self.turned: list[Turn] = []
        """Days that ended and have not been taken yet."""
        self._clock = clock
        self._symbols: dict[str, SymbolBars] = {}
        self._days: dict[str, TradingDay] = {}
        self._unsent: dict[SymbolBars, float] = {}
        """Symbol whose second and minute have changed since they were sent -> when, s; oldest first."""
        self._waiting: dict[SymbolBars, float] = {}
        """Symbol whose quarter or day lacks ticks of its minute -> since when, s; oldest first."""

    @property
    def symbols(self) -> int:
        """Number of symbols that have bars."""
        return len(self._symbols)

    def of(self, symbol: str) -> SymbolBars:
        """Return the bars of a symbol; a new symbol gets new ones."""
        found = self._symbols.get(symbol)
        if found is None:
            days = self._days.get(symbol, UTC_DAY)
            found = self._symbols[symbol] = SymbolBars(symbol, self, days)
        return found

    def set_days(self, symbol: str, days: TradingDay) -> None:
        """Let the days of a symbol, which need not have a tick yet, begin when `days` says."""
        self._days[symbol] = days
        if symbol in self._symbols:
            self._symbols[symbol].set_days(days)

    def drop(self, symbol: str) -> None:
        """Forget the bars of a symbol, those included that have not been sent."""
        self._days.pop(symbol, None)
        bars = self._symbols.pop(symbol, None)
        if bars is not None:
            self._unsent.pop(bars, None)
            self._waiting.pop(bars, None)
            key = symbol.encode("ascii")
            self.ended = [each for each in self.ended if symbol_of(each[0]) != key]
            self.turned = [each for each in self.turned if each.symbol != symbol]

    def take(self) -> EncodedBars:
        """Return the bars that ended since the last call, to be sent."""
        taken, self.ended = self.ended, []
        return taken

    def take_turned(self) -> list[Turn]:
        """Return the days that ended since the last call."""
        taken, self.turned = self.turned, []
        return taken

    def overdue(self, at_once: bool = False) -> EncodedBars:
        """Return bars that stayed unsent for too long, BATCH_BARS at most; mark them sent.

        `at_once`: return all that have changed since they were sent.
        """
        now, found = self._clock(), EncodedBars()
        for table, age in ((self._unsent, MAX_UNSENT_AGE), (self._waiting, MAX_LONG_AGE)):
            due = now if at_once else now - age
            room = islice(table.items(), (BATCH_BARS - len(found)) // len(INTERVALS))
            for bars in [each for each, since in room if since <= due]:
                self._unsent.pop(bars, None)
                found += bars.take(whole=at_once or table is self._waiting)
        return found

    def mark_unsent(self, bars: SymbolBars) -> None:
        """Record that second and minute of a symbol changed since they were sent."""
        self._unsent[bars] = self._clock()

    def mark_sent(self, bars: SymbolBars) -> None:
        """Record that second and minute of a symbol were sent."""
        del self._unsent[bars]

    def note_waiting(self, bars: SymbolBars, waits: bool) -> None:
        """Record whether quarter or day of a symbol lack ticks that were sent."""
        if not waits:
            self._waiting.pop(bars, None)
        elif bars not in self._waiting:
            self._waiting[bars] = self._clock()


def batches(formed: EncodedBars) -> Iterator[EncodedBars]:
    """Divide bars into batches of about BATCH_BARS. Bars of a symbol that are sent together stay so."""
    begin = 0
    for end in range(1, len(formed)):
        symbol = symbol_of(formed[end][0])
        ended = formed[end - 1][0].endswith(b"\t1s") or symbol_of(formed[end - 1][0]) != symbol
        if ended and end - begin >= BATCH_BARS:
            yield formed[begin:end]
            begin = end
    if formed:
        yield formed[begin:]
