"""From what an exchange says to ticks: each trade once, no quote that is older than the last. Pure.

A tick is made of the newest trade and the newest quote of a symbol; each message changes one of the two.
So a tick repeats the trade only with another quote, and bars count each trade once (`bars.open_bar`).
"""

from collections.abc import Iterable, Mapping

from tickcast.publisher.sources.exchanges.events import Event, Last, Quote, Trade
from tickcast.publisher.sources.times import Times
from tickcast.wire.decimals import is_decimal
from tickcast.wire.tick import MAX_TIME, Tick, TickError, check_tick

RENUMBERED = 60_000_000
"""µs: a trade so much later than the newest, with a lower number, says that numbers began again."""


class Merger:
    """The newest trade and quote of one symbol."""

    def __init__(self, symbol: str, times: Times, last: Tick | None = None) -> None:
        """`last` is the tick that Redis has of it."""
        self._symbol = symbol
        self._times = times
        self._tick = last
        self._traded = False
        """Whether a trade of this exchange is known; the number and time of the newest follow."""
        self._number, self._time = 0, 0
        self._order: int | None = None
        self.lost = 0
        """Trades that the exchange has numbered and did not send, since this was last set to 0."""
        self.behind: int | None = None
        """The number that `number` had when the exchange last named a newer trade."""

    @property
    def number(self) -> int | None:
        """The number of the newest trade."""
        return self._number if self._traded else None

    def connected(self) -> None:
        """Begin a connection: its quotes have numbers of their own."""
        self._order = None

    def tick(self, event: Event, received: int) -> Tick | None:
        """Return the tick that an event gives, if any. Raises TickError; nothing of that event is kept.

        `received` is when it came, in µs since 1970.
        """
        if isinstance(event, Trade):
            return self._trade(event)
        if isinstance(event, Quote):
            return self._quote(event, received)
        if isinstance(event, Last) and self._tick is None:
            return self._keep(Tick(self._symbol, event.time, event.price))
        return None

    def _trade(self, trade: Trade) -> Tick | None:
        self._check_time(trade.time)
        if self._traded and trade.number <= self._number and trade.time <= self._time + RENUMBERED:
            return None
        if _is_nothing(trade.size):
            raise TickError(f"size: {trade.size[:40]} is not over 0")
        tick = self._of_first(trade) if not self._traded and trade.old else self._of_trade(trade)
        kept = None if tick is None else self._keep(tick)
        if self._traded and trade.number > self._number:
            self.lost += trade.number - self._number - 1
        self._traded, self._number, self._time = True, trade.number, trade.time
        return kept

    def _of_trade(self, trade: Trade) -> Tick:
        base = self._tick or Tick(self._symbol, trade.time, trade.price)
        return base._replace(time=trade.time, price=trade.price, size=trade.size)

    def _of_first(self, trade: Trade) -> Tick | None:
        """Return the tick of a trade made before this publisher listened: its price counts, not its size."""
        if self._tick is None:
            return Tick(self._symbol, trade.time, trade.price)
        if self._tick.price == trade.price:
            return None
        return self._tick._replace(time=max(trade.time, self._tick.time), price=trade.price, size=None)

    def _quote(self, quote: Quote, received: int) -> Tick | None:
        if quote.order is not None and self._order is not None and quote.order < self._order:
            return None
        time = received if quote.time is None else quote.time
        self._check_time(time)
        bid, ask = _side(quote.bid, quote.bid_size), _side(quote.ask, quote.ask_size)
        base = self._tick
        if base is None:
            if quote.last is None:
                return None
            base = Tick(self._symbol, time, quote.last)
        tick = base._replace(bid=bid[0], bid_size=bid[1], ask=ask[0], ask_size=ask[1])
        if tick == self._tick:
            self._order = quote.order
            return None
        kept = self._keep(tick._replace(time=time))
        self._order = quote.order
        return kept

    def _keep(self, tick: Tick) -> Tick:
        tick = check_tick(tick)
        for name, price in (("price", tick.price), ("bid", tick.bid), ("ask", tick.ask)):
            if price is not None and not float(price) > 0:
                raise TickError(f"{name}: {price[:40]} is not over 0")
        self._tick = tick
        return tick

    def _check_time(self, time: int) -> None:
        if time > MAX_TIME:
            raise TickError(f"t: {time} µs is not a time")
        self._times.check(time, None)


def _side(price: str, size: str | None) -> tuple[str | None, str | None]:
    """Return one side of a quote; a price or size of nothing, such as 0.00000000, says that nobody quotes."""
    return (None, None) if any(map(_is_nothing, (price, size or "1"))) else (price, size)


def _is_nothing(number: str) -> bool:
    return is_decimal(number) and float(number) == 0


def mergers(symbols: Mapping[str, str], times: Times, last: Mapping[str, Tick]) -> dict[str, Merger]:
    """Return a merger of each symbol by the exchange's name of it."""
    return {name: Merger(symbol, times, last.get(symbol)) for name, symbol in symbols.items()}


def newest_old(events: Iterable[Event], known: Mapping[str, Merger]) -> list[Event]:
    """Return events without those old trades that only the first snapshot of a symbol has, but the newest."""
    found: list[Event] = []
    newest: dict[str, Trade] = {}
    for event in events:
        if (
            isinstance(event, Trade)
            and event.old
            and event.name in known
            and known[event.name].number is None
        ):
            if event.name not in newest or newest[event.name].number < event.number:
                newest[event.name] = event
        else:
            found.append(event)
    return [*newest.values(), *found] if newest else found
