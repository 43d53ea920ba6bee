"""Checks the ticks of a source and rounds them to the tick size, so that a bad tick cannot stop the feed.

A source whose ticks are always valid and on the grid of the tick size sets `checked = True`. Its ticks pass
unchecked; they are rounded where a description among them gives a tick size.
"""

import time
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import groupby
from typing import NamedTuple, cast

import structlog

from tickcast.publisher.source import Retire, Source, SourceItem, State, instruments_of
from tickcast.publisher.sources.times import MAX_AHEAD, Times
from tickcast.publisher.spellings import Spellings
from tickcast.publisher.stats import Stats
from tickcast.wire.decimals import is_decimal, number_fault, places
from tickcast.wire.inbox import Description, check_description
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Notice, Retired, SymbolState, encode_notice
from tickcast.wire.symbol import Case, fold, parse_symbol
from tickcast.wire.tick import Tick, TickError, check_tick

_LOGGED = 10
"""Bad ticks that are logged, at most; later ones are only counted."""

_log = structlog.get_logger()
_CONTEXT = Context(prec=64, rounding=ROUND_HALF_EVEN)


class Grid:
    """The multiples of one tick size."""

    def __init__(self, size: str) -> None:
        self._size = Decimal(size)
        self._places = places(size)
        # Then a price with as many decimal places, or fewer, is on the grid, without arithmetic.
        self._power_of_ten = self._size == Decimal(1).scaleb(-self._places)

    def round(self, price: str) -> str:
        """Return the multiple nearest to `price`. A price that is a multiple is returned unchanged.

        So is one that would get more digits than a number of a tick may have.
        """
        if self._power_of_ten and "e" not in price.lower() and places(price) <= self._places:
            return price
        value = Decimal(price)
        steps = (value / self._size).quantize(Decimal(1), context=_CONTEXT)
        rounded = _CONTEXT.multiply(steps, self._size)
        if rounded == value:
            return price
        text = f"{rounded:f}"
        return text if is_decimal(text) and number_fault(text) is None else price


class Run(NamedTuple):
    """What a source's list holds: ticks, then what is said of symbols after them."""

    ticks: list[Tick]
    descriptions: list[Description]
    notices: list[Notice]


class Validator:
    """Passes the valid ticks of one source, rounded to the tick size if the source gives one."""

    def __init__(
        self, source: Source, stats: Stats, max_ahead: float = MAX_AHEAD, case: Case = "upper"
    ) -> None:
        """`max_ahead` is in seconds: how far ahead of the clock the time of a tick may be.

        `case` is that of the feed's symbols.
        """
        self.case: Case = case
        """What the feed does with lower-case letters in symbols."""
        # --time-unit converts lines; a source's own code has to yield µs.
        self._times = Times("us", max_ahead, ", and a source yields us")
        self._checked = bool(getattr(source, "checked", False))
        self._stats = stats
        self._spellings = Spellings()
        own = {fold(each.symbol, case): Grid(each.tick) for each in instruments_of(source) if _has_grid(each)}
        self._of_source = own.keys()
        self._grids = {} if self._checked else dict(own)

    def describe(self, instrument: Instrument) -> None:
        """Round the prices of a symbol to the tick size of its instrument from now on."""
        if _has_grid(instrument):
            self._grids[instrument.symbol] = Grid(instrument.tick)
        else:
            self.forget(instrument.symbol)

    def forget(self, symbol: str) -> None:
        """Round the prices of a symbol to no tick size."""
        self._grids.pop(symbol, None)

    def split(self, items: Sequence[SourceItem]) -> Iterable[Run]:
        """Yield what is valid in a source's list, in order.

        The rest is counted, and the first of it logged.
        """
        if self._checked:
            only_ticks = not items or _kind(items[0]) is None
        else:
            only_ticks = not isinstance(items, list) or _SAID.isdisjoint(map(type, items))
        if only_ticks:
            yield Run(self.validate(cast("list[Tick]", items)), [], [])
            return
        for kind, run in groupby(items, _kind):
            if kind is None:
                yield Run(self.validate(cast("list[Tick]", list(run))), [], [])
            elif kind is Description:
                yield Run([], self._descriptions(cast("Iterable[Description]", run)), [])
            else:
                yield Run([], [], self._notices(cast("Iterable[Retire | State]", run)))

    def _descriptions(self, items: Iterable[Description]) -> list[Description]:
        found: list[Description] = []
        for item in items:
            try:
                good = check_description(item, self.case)
            except (ValueError, TypeError, AttributeError) as error:
                self._refuse(error)
            else:
                found.append(good)
                if good.tick is not None:
                    # The ticks after it in the same list are rounded to it.
                    self._grids[good.symbol] = Grid(good.tick)
        return found

    def _notices(self, items: Iterable[Retire | State]) -> list[Notice]:
        found: list[Notice] = []
        for item in items:
            try:
                symbol = parse_symbol(item.symbol, self.case)
                if isinstance(item, Retire):
                    notice: Notice = Retired(symbol, "producer")
                else:
                    now = time.time_ns() // 1000
                    notice = SymbolState(symbol, item.state, now if item.since is None else item.since)
                encode_notice(notice)
            except (ValueError, TypeError, AttributeError) as error:
                self._refuse(error)
            else:
                found.append(notice)
                if isinstance(item, Retire) and symbol not in self._of_source:
                    self.forget(symbol)
        return found

    def validate(self, ticks: list[Tick]) -> list[Tick]:
        """Return the valid ticks, in order. Invalid ticks are counted, and the first of them logged."""
        if self._checked:
            return list(map(self._rounded, ticks)) if self._grids else ticks
        if not isinstance(ticks, list):
            self._refuse(TickError(f"a source yields lists of ticks, not {ticks!r:.200}"))
            return []
        return list(self._valid(ticks))

    def _valid(self, ticks: list[Tick]) -> Iterable[Tick]:
        for tick in ticks:
            try:
                yield self.check(tick)
            except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
                self._refuse(error)

    def check(self, tick: Tick) -> Tick:
        """Return a tick, valid and on the grid.

        Raises ValueError, TypeError, AttributeError or ArithmeticError for what is no tick.
        """
        if type(tick) is not Tick or type(tick.time) is not int:
            raise TickError(f"not a tickcast.publisher.SourceTick with a whole number as time: {tick!r:.200}")
        good = check_tick(tick, self.case)
        self._spellings.note(tick.symbol, good.symbol)
        return self.fit(good)

    def fit(self, good: Tick) -> Tick:
        """Return a tick whose form and numbers are valid, on the grid. Raises TickError for its time."""
        self._times.check(good.time, "us")
        return self._rounded(good)

    def _rounded(self, tick: Tick) -> Tick:
        grid = self._grids.get(tick.symbol)
        return tick if grid is None else _on_grid(tick, grid)

    def _refuse(self, error: Exception) -> None:
        self._stats.bad_ticks += 1
        if self._stats.bad_ticks <= _LOGGED:
            _log.warning("skipped a bad tick of the source", error=str(error), count=self._stats.bad_ticks)


_SAID = frozenset({Description, Retire, State})
"""Types of the items that are no ticks."""


def _kind(item: SourceItem) -> type[Description] | type[Retire] | None:
    """Return what is to be made of an item: a description, a notice, or a tick, which is None."""
    kind = type(item)
    if kind is Tick:
        return None
    if kind is Description:
        return Description
    return Retire if kind is Retire or kind is State else None


def _has_grid(instrument: Instrument) -> bool:
    return Decimal(instrument.tick) > 0


def _on_grid(tick: Tick, grid: Grid) -> Tick:
    price = grid.round(tick.price)
    bid = tick.bid and grid.round(tick.bid)
    ask = tick.ask and grid.round(tick.ask)
    if price is tick.price and bid is tick.bid and ask is tick.ask:
        return tick
    return tick._replace(price=price, bid=bid, ask=ask)
