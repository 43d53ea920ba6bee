"""Judges what a source yields against what the fake exchange made."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.publisher.sources.exchanges.market import Symbol
from tests.support.eventually import eventually
from tickcast.publisher.source import State
from tickcast.publisher.sources.exchanges.source import Exchange
from tickcast.wire.tick import Tick


class Judge:
    """Reads a source, and looks at each tick."""

    def __init__(self, source: Exchange, symbols: dict[str, Symbol]) -> None:
        self._source = source
        self._symbols = symbols
        self._last: dict[str, Tick] = {}
        self._numbers: dict[str, int] = {}
        self._quotes: dict[str, int] = {}
        self.states: dict[str, str] = {}
        self.told: list[State] = []
        self.trades = self.ticks = 0
        self.wrong: list[str] = []
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for items in self._source:
            for item in items:
                if isinstance(item, Tick):
                    self._judge(item)
                else:
                    assert isinstance(item, State)
                    if self.states.get(item.symbol) == item.state:
                        self.wrong.append(f"{item} is told twice")
                    self.states[item.symbol] = item.state
                    self.told.append(item)

    def _judge(self, tick: Tick) -> None:
        self.ticks += 1
        made, last = self._symbols[tick.symbol], self._last.get(tick.symbol)
        self._last[tick.symbol] = tick
        if last is None or (tick.price, tick.size) != (last.price, last.size):
            self._judge_trade(tick, made, last)
        elif tick[4:] == last[4:]:
            self.wrong.append(f"{tick} repeats {last}")
        if tick.bid_size is not None and (last is None or tick[4:] != last[4:]):
            quote = made.quote_of.get(tick.bid_size)
            if quote is None or (tick.bid, tick.ask, tick.ask_size) != (
                quote.price,
                quote.ask,
                quote.ask_size,
            ):
                self.wrong.append(f"{tick} has a quote that was never made")
            elif quote.number <= self._quotes.get(tick.symbol, 0):
                self.wrong.append(f"{tick} goes back to the quote {quote.number}")
            else:
                self._quotes[tick.symbol] = quote.number

    def _judge_trade(self, tick: Tick, made: Symbol, last: Tick | None) -> None:
        if tick.size is None:
            # The price before this publisher listened.
            if not any(each.price == tick.price for each in made.trades):
                self.wrong.append(f"{tick} has a price that was never made")
            return
        self.trades += 1
        trade = made.trade_of.get(tick.size)
        if trade is None or trade.price != tick.price or abs(trade.time - tick.time) >= 1000:
            self.wrong.append(f"{tick} has a trade that was never made: {trade}")
        elif trade.number <= self._numbers.get(tick.symbol, 0):
            self.wrong.append(f"{tick} repeats or goes back to the trade {trade.number}")
        else:
            self._numbers[tick.symbol] = trade.number

    async def catch_up(self, bound: float) -> None:
        """Wait until each symbol is at a trade that is newer than the newest one is now."""
        targets = {name: len(symbol.trades) for name, symbol in self._symbols.items()}
        await self.told_within(
            bound, lambda: all(self._numbers.get(name, 0) > at for name, at in targets.items()), "level"
        )

    async def told_within(self, bound: float, condition: Callable[[], Any], what: str) -> None:
        """Wait for what must be said within `bound` seconds, and some for a busy machine."""
        assert await eventually(condition, bound + SLACK), what

    def all_are(self, state: str) -> bool:
        return [*self.states.values()] == [state] * len(self._symbols)

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()


SLACK = 1.5
"""Seconds that a busy machine may add to a bound."""
