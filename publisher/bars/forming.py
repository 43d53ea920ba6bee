"""Forms bars of a second and a minute from every tick of a partition. Pure but for its clock.

A symbol's minute always ends with a second, and both are sent together. So what Redis holds after
any batch are two bars that stand at the same tick, from which another publisher can go on.
"""

import time
from collections.abc import Callable
from itertools import islice

from tickcast.publisher.bars.open_bar import OpenBar, traded_volume
from tickcast.wire.bar import INTERVALS, bar_key, encode_bar
from tickcast.wire.tick import Tick

ALLOWED_LATENESS = 60_000_000
"""µs that a tick may be late. A later one says that the source's clock was set back."""

MAX_UNSENT_AGE = 1.25
"""Seconds that a change may wait for the end of its second; with SWEEP_INTERVAL, less than two."""

SWEEP_INTERVAL = 0.5
"""Seconds between two looks for what has waited too long."""

BATCH_BARS = 1000
"""Bars sent in one batch when there is no hurry: ticks are to pass between them."""

_SECOND, _MINUTE = INTERVALS["1s"], INTERVALS["1m"]

EncodedBars = list[tuple[bytes, bytes]]
"""(bar key, JSON), as they are to be sent."""


class SymbolBars:
    """The newest second and minute of one symbol."""

    __slots__ = ("_bars", "_before", "_earliest", "_end", "_minute", "_q", "_second", "_sent", "symbol")

    def __init__(self, symbol: str, bars: "BarFormer") -> None:
        self.symbol = symbol
        self._bars = bars
        self._before: Tick | None = None
        self._second: OpenBar | None = None
        self._minute: OpenBar | None = None
        """The seconds of its minute before `_second`; None if there are none."""
        # No time lies between these two, so the first tick begins a bar.
        self._earliest = self._end = 0
        self._q = 0
        self._sent = True

    @property
    def begun(self) -> bool:
        """True when it knows of a tick or a bar."""
        return self._before is not None or self._second is not None

    def add(self, tick: Tick, q: int) -> None:
        """Count a tick into its bars; one of a later second sends those before it."""
        if not self._earliest <= tick[1] < self._end:
            self._roll_over(tick)
        second = self._second
        assert second is not None
        if tick[2] != second.close:
            second.set_price(tick[2])
        before, volume = self._before, tick[8]
        # The commonest case first: a change of the quote, with the volume of the day as it was.
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
        """Go on from what Redis holds: the newest second, and its minute without it."""
        self._begin(second)
        self._minute, self._q = minute, q

    def set_previous(self, tick: Tick) -> None:
        """Take the tick before the next one, which tells what of that is new."""
        self._before = tick

    def take(self) -> EncodedBars:
        """Return both bars as they stand, after the first tick."""
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
        """End the second, and the minute if `tick` is of another one."""
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
    """The bars of all symbols of a partition."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.ended: EncodedBars = []
        """Bars that ended and are to be sent."""
        self._clock = clock
        self._symbols: dict[str, SymbolBars] = {}
        self._unsent: dict[SymbolBars, float] = {}
        """Changed since they were sent, and when; oldest first."""

    @property
    def symbols(self) -> int:
        """Symbols that have bars."""
        return len(self._symbols)

    def of(self, symbol: str) -> SymbolBars:
        """Return the bars of a symbol, made if there are none."""
        found = self._symbols.get(symbol)
        if found is None:
            found = self._symbols[symbol] = SymbolBars(symbol, self)
        return found

    def take(self) -> EncodedBars:
        """Return the bars that ended since the last call."""
        taken, self.ended = self.ended, []
        return taken

    def overdue(self, age: float = MAX_UNSENT_AGE) -> EncodedBars:
        """Return bars that changed at least `age` seconds ago and were not sent: BATCH_BARS at most."""
        due = self._clock() - age
        found = [
            bars for bars, since in islice(self._unsent.items(), BATCH_BARS // len(INTERVALS)) if since <= due
        ]
        for bars in found:
            del self._unsent[bars]
        return [pair for bars in found for pair in bars.take()]

    def mark_unsent(self, bars: SymbolBars) -> None:
        """Take note that a symbol has something to send."""
        self._unsent[bars] = self._clock()

    def mark_sent(self, bars: SymbolBars) -> None:
        """Take note that it was sent."""
        del self._unsent[bars]
