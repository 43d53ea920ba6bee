"""The newest bars of one symbol, from a second to a day. Pure.

Ticks are counted into the newest second. The newest minute includes that second, and both are sent together:
so after any batch the two bars in Redis end with the same tick, and another publisher can continue from them.
Quarters of an hour and days are made of minutes (`long_bar`).
"""

from typing import NamedTuple, Protocol

from tickcast.publisher.bars.long_bar import LongBar
from tickcast.publisher.bars.open_bar import OpenBar, traded_volume
from tickcast.publisher.bars.trading_day import TradingDay
from tickcast.wire.bar import INTERVALS, Bar, bar_key, encode_bar
from tickcast.wire.tick import Tick

ALLOWED_LATENESS = 60_000_000
"""µs that a tick may be older than its second. An older tick means that the source's clock was set back."""

_SECOND, _MINUTE, _QUARTER = INTERVALS["1s"], INTERVALS["1m"], INTERVALS["15m"]

EncodedBars = list[tuple[bytes, bytes]]
"""(bar key, JSON) pairs, in the order in which they are sent. Longer bars come first, so that the newest
minute is never seen before the quarter or day that begins with it."""


class Turn(NamedTuple):
    """A symbol's first tick of another day."""

    symbol: str
    close: str
    """The last price of the day before."""
    q: int
    """Sequence number of the tick with that price."""


class Owner(Protocol):
    """What the bars of a symbol tell the partition."""

    ended: EncodedBars
    """Bars that ended, to be sent."""
    turned: list[Turn]

    def mark_unsent(self, bars: "SymbolBars") -> None:
        """Second and minute of a symbol changed since they were sent."""

    def mark_sent(self, bars: "SymbolBars") -> None:
        """Second and minute of a symbol were sent."""

    def note_waiting(self, bars: "SymbolBars", waits: bool) -> None:
        """Quarter or day of a symbol lack ticks that were sent, or do not."""


class SymbolBars:
    """The newest bars of one symbol, all open to ticks."""

    __slots__ = (
        "_before", "_day", "_days", "_earliest", "_end", "_key", "_minute", "_minute_start",
        "_owner", "_q", "_quarter", "_second", "_sent", "_waits", "symbol",
    )  # fmt: skip

    def __init__(self, symbol: str, owner: Owner, days: TradingDay) -> None:
        """`days` tells when the days of the symbol begin."""
        self.symbol = symbol
        self._key = symbol.encode("ascii")
        self._owner = owner
        self._days = days
        self._before: Tick | None = None
        self._second: OpenBar | None = None
        self._minute: OpenBar | None = None
        """The earlier seconds of the minute of `_second`, as one bar; None if there are none."""
        self._minute_start = -1
        self._quarter, self._day = LongBar("15m"), LongBar("1d")
        # No time lies between these two, so the first tick begins a new second.
        self._earliest = self._end = 0
        self._q = 0
        self._sent = True
        self._waits = False
        """Whether quarter or day were sent without ticks that second and minute have."""

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
            self._owner.mark_unsent(self)

    def restore(self, second: OpenBar, minute: OpenBar | None, q: int) -> None:
        """Continue the bars in Redis at `q`: the newest second, and its minute without that second."""
        self._begin(second)
        self._minute, self._minute_start, self._q = minute, second.start - second.start % _MINUTE, q

    def restore_long(self, longs: dict[str, Bar], minute: Bar | None) -> None:
        """Continue quarter and day as Redis has them, by interval, after `restore`.

        `minute` is the newest minute in Redis; None: it was lost.
        """
        for long in self._longs:
            if (bar := longs.get(long.interval)) is not None:
                long.restore(bar, minute)
            if minute is not None and (start := self._start_of(long, minute.start)) != long.start:
                long.begin(start)
        if minute is not None:
            self._note_waiting()

    def set_days(self, days: TradingDay) -> None:
        """Let the days of the symbol begin when `days` says, from the next minute on."""
        self._days = days

    def set_previous(self, tick: Tick) -> None:
        """Set the previous tick, which the traded volume of the next depends on, without counting it."""
        self._before = tick

    def take(self, whole: bool = False) -> EncodedBars:
        """Return the newest bars as they are now, and mark them sent. The symbol has had a tick.

        Quarter and day are left out while they need not be sent, unless `whole` asks for them.
        """
        second, q, day, quarter = self._second, self._q, self._day, self._quarter
        assert second is not None
        minute = self._with_second(second)
        found: EncodedBars = []
        if whole or day.due or quarter.due:
            found += [
                (bar_key(self._key, long.interval), long.take(self.symbol, minute, q))
                for long in (day, quarter)
                if (whole or long.due) and long.sent != q
            ]
        if not self._sent:
            found += self._take_short(minute, second)
        self._note_waiting()
        return found

    def _note_waiting(self) -> None:
        waits = self._day.sent != self._q or self._quarter.sent != self._q
        if waits is not self._waits:
            self._waits = waits
            self._owner.note_waiting(self, waits)

    @property
    def _longs(self) -> tuple[LongBar, LongBar]:
        return self._day, self._quarter

    def _start_of(self, long: LongBar, minute: int) -> int:
        """Return the start of the bar of an interval in which a minute begins."""
        if long is self._quarter:
            return minute - minute % _QUARTER
        start = self._days.start(minute)
        # Whoever says another session does not make a day begin before the one that is open.
        return start if minute < long.start else max(start, long.start)

    def _with_second(self, second: OpenBar) -> OpenBar:
        """Return the newest minute with its newest second in it."""
        if self._minute is None:
            whole = second.copy()
            whole.start = self._minute_start
        else:
            whole = self._minute.copy()
            whole.append_bar(second)
        return whole

    def _take_short(self, minute: OpenBar, second: OpenBar) -> EncodedBars:
        self._sent = True
        symbol, key, q = self.symbol, self._key, self._q
        return [
            (bar_key(key, "1m"), encode_bar(minute.to_bar(symbol, "1m", q))),
            (bar_key(key, "1s"), encode_bar(second.to_bar(symbol, "1s", q))),
        ]

    def _roll_over(self, tick: Tick) -> None:
        """End the current second, and what else does not have the time of `tick`. Begin its second."""
        time, second = tick[1], self._second
        minute = time - time % _MINUTE
        unsent = not self._sent
        if second is None or minute != self._minute_start:
            if second is not None:
                self._end_minute(second)
            self._begin_minute(minute)
        else:
            if unsent:
                self._owner.ended += self.take()
            if self._minute is None:
                self._minute = second
                second.start = minute
            else:
                self._minute.append_bar(second)
        if unsent:
            self._owner.mark_sent(self)
        self._begin(OpenBar(time - time % _SECOND, tick[2]))

    def _end_minute(self, second: OpenBar) -> None:
        minute, key, ended = self._with_second(second), self._key, self._owner.ended
        for long in self._longs:
            if (json := long.end_minute(self.symbol, minute, self._q)) is not None:
                ended.append((bar_key(key, long.interval), json))
        if not self._sent:
            ended += self._take_short(minute, second)
        self._note_waiting()

    def _begin_minute(self, minute: int) -> None:
        self._minute, self._minute_start = None, minute
        for long in self._longs:
            start = self._start_of(long, minute)
            if start == long.start:
                long.go_on()
                continue
            if long is self._day and long.past is not None and start > long.start:
                self._owner.turned.append(Turn(self.symbol, long.past.close, self._q))
            long.begin(start)

    def _begin(self, second: OpenBar) -> None:
        self._second = second
        self._earliest, self._end = second.start - ALLOWED_LATENESS, second.start + _SECOND
