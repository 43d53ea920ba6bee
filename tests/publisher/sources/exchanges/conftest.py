"""A fake exchange of each venue, and a source that reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.publisher.sources.exchanges import dialects
from tests.publisher.sources.exchanges.fake import FakeExchange
from tests.publisher.sources.exchanges.judge import Judge
from tests.publisher.sources.exchanges.market import Symbol
from tickcast.publisher.source import SourceOptions
from tickcast.publisher.sources.exchanges.binance import Binance
from tickcast.publisher.sources.exchanges.bounds import Bounds
from tickcast.publisher.sources.exchanges.coinbase import Coinbase
from tickcast.publisher.sources.exchanges.kraken import Kraken
from tickcast.publisher.sources.exchanges.source import Exchange

BOUNDS = Bounds(
    open=2.0, mute=0.8, probe=0.3, check=0.05, first=0.1, most=0.8, longest=1.0, settled=0.5, retry=0.4
)
QUIET = 1.2
VENUES: dict[str, Any] = {"coinbase": Coinbase, "kraken": Kraken, "binance": Binance}
DIALECTS: dict[str, Any] = {
    "coinbase": dialects.Coinbase,
    "kraken": dialects.Kraken,
    "binance": dialects.Binance,
}
SYMBOLS = ("BTC-USD", "ETH-USD", "SOL-USD", "XRP-USD")


class World:
    """An exchange, its truth, and a judge that reads it."""

    def __init__(self, venue: str, names: tuple[str, ...] = SYMBOLS, asked: tuple[str, ...] = ()) -> None:
        self.venue = VENUES[venue]()
        self.venue.pause = 0.01
        self.symbols = {name: Symbol(name, 10_000 + 777 * n) for n, name in enumerate(names)}
        spelled = {self.venue.spelling(name): symbol for name, symbol in self.symbols.items()}
        self.exchange = FakeExchange(DIALECTS[venue](spelled))
        self.asked = asked or names
        self.quiet = QUIET

    def source(self, bounds: Bounds = BOUNDS) -> Exchange:
        options = SourceOptions(
            names=self.asked, exchange_url=self.exchange.url, exchange_quiet=self.quiet, max_ahead=86_400.0
        )
        return Exchange(self.venue, options, bounds)

    @asynccontextmanager
    async def running(self, hour: float, bounds: Bounds = BOUNDS) -> AsyncIterator[Judge]:
        await self.exchange.start()
        traffic = asyncio.create_task(self.exchange.run(hour))
        judge = Judge(self.source(bounds), self.symbols)
        try:
            yield judge
        finally:
            await judge.end()
            traffic.cancel()
            await asyncio.wait({traffic})
            await self.exchange.stop()


@pytest.fixture(params=["coinbase", "kraken", "binance"])
def venue(request: pytest.FixtureRequest) -> str:
    """Each venue in turn."""
    return str(request.param)
