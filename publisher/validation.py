"""Checks the ticks of a source and rounds them to the tick size, so that a bad tick cannot stop the feed.

A source whose ticks are always valid and on the grid of the tick size sets `checked = True`. Its ticks pass
unchecked.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

import structlog

from tickcast.publisher.source import Source, instruments_of
from tickcast.publisher.stats import Stats
from tickcast.wire.decimals import places
from tickcast.wire.instrument import Instrument
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
        """Return the multiple nearest to `price`. A price that is a multiple is returned unchanged."""
        if self._power_of_ten and "e" not in price.lower() and places(price) <= self._places:
            return price
        value = Decimal(price)
        steps = (value / self._size).quantize(Decimal(1), context=_CONTEXT)
        rounded = _CONTEXT.multiply(steps, self._size)
        return price if rounded == value else f"{rounded:f}"


class Validator:
    """Passes the valid ticks of one source, rounded to the tick size if the source gives one."""

    def __init__(self, source: Source, stats: Stats) -> None:
        self._checked = bool(getattr(source, "checked", False))
        self._stats = stats
        self._grids = {each.symbol: Grid(each.tick) for each in instruments_of(source) if _has_grid(each)}

    def validate(self, ticks: list[Tick]) -> list[Tick]:
        """Return the valid ticks, in order. Invalid ticks are counted, and the first of them logged."""
        if self._checked:
            return ticks
        if not isinstance(ticks, list):
            self._refuse(TickError(f"a source yields lists of ticks, not {ticks!r:.200}"))
            return []
        return list(self._valid(ticks))

    def _valid(self, ticks: list[Tick]) -> Iterable[Tick]:
        for tick in ticks:
            try:
                if type(tick) is not Tick or type(tick.time) is not int:
                    raise TickError(
                        f"not a tickcast.publisher.Tick with a whole number as time: {tick!r:.200}"
                    )
                good = check_tick(tick)
                grid = self._grids.get(good.symbol)
                good = good if grid is None else _on_grid(good, grid)
            except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
                self._refuse(error)
            else:
                yield good

    def _refuse(self, error: Exception) -> None:
        self._stats.bad_ticks += 1
        if self._stats.bad_ticks <= _LOGGED:
            _log.warning("skipped a bad tick of the source", error=str(error), count=self._stats.bad_ticks)


def _has_grid(instrument: Instrument) -> bool:
    return Decimal(instrument.tick) > 0


def _on_grid(tick: Tick, grid: Grid) -> Tick:
    price = grid.round(tick.price)
    bid = tick.bid and grid.round(tick.bid)
    ask = tick.ask and grid.round(tick.ask)
    if price is tick.price and bid is tick.bid and ask is tick.ask:
        return tick
    return tick._replace(price=price, bid=bid, ask=ask)
