"""The sources `coinbase`, `kraken` and `binance`: ticks of symbols that the user names."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from tickcast.publisher.source import SourceError, SourceItem, SourceOptions
from tickcast.publisher.sources.exchanges.binance import Binance
from tickcast.publisher.sources.exchanges.bounds import Bounds
from tickcast.publisher.sources.exchanges.coinbase import Coinbase
from tickcast.publisher.sources.exchanges.events import Venue
from tickcast.publisher.sources.exchanges.health import Health
from tickcast.publisher.sources.exchanges.kraken import Kraken
from tickcast.publisher.sources.exchanges.merging import mergers
from tickcast.publisher.sources.line_reader import MAX_LIST
from tickcast.publisher.sources.times import Times
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.symbol import SymbolError, parse_symbol

if TYPE_CHECKING:
    from tickcast.publisher.sources.exchanges.link import Link

MAX_WAITING = 256
"""Lists that wait while Redis is slower, at most; then nothing more is read of the exchange."""
SPREAD = 1.0
"""Seconds between the first attempts of two connections."""

_log = structlog.get_logger("publisher.sources.exchanges")


def coinbase(options: SourceOptions) -> "Exchange":
    """Return the lists of symbols at Coinbase. Raises SourceError for wrong options."""
    return Exchange(Coinbase(), options)


def kraken(options: SourceOptions) -> "Exchange":
    """Return the lists of symbols at Kraken. Raises SourceError for wrong options."""
    return Exchange(Kraken(), options)


def binance(options: SourceOptions) -> "Exchange":
    """Return the lists of symbols at Binance. Raises SourceError for wrong options."""
    return Exchange(Binance(), options)


for _factory in (coinbase, kraken, binance):
    _factory.takes = ("symbols", "exchange_url", "exchange_quiet")  # type: ignore[attr-defined]


class Exchange:
    """Ticks and states of symbols at one venue, over as many connections as it takes."""

    def __init__(self, venue: Venue, options: SourceOptions, bounds: Bounds | None = None) -> None:
        """Raises SourceError for wrong options, or if websockets is missing."""
        if find_spec("websockets") is None:
            raise SourceError(
                f"the source {venue.name} needs websockets, not installed here: "
                "pip install 'tickcast[exchanges]'"
            )
        self._venue, self._options = venue, options
        self._bounds = bounds or Bounds()
        self._url = options.exchange_url or venue.url
        if not _is_websocket(self._url):
            raise SourceError("TICKCAST_EXCHANGE_URL: a URL that begins with wss:// is needed")
        self._symbols = _spelled(venue, options)
        self._waiting: asyncio.Queue[Sequence[SourceItem]] = asyncio.Queue(MAX_WAITING)

    async def __aiter__(self) -> AsyncIterator[list[SourceItem]]:
        _log.info("reading an exchange", source=self._venue.name, symbols=len(self._symbols))
        parts = self.parts()
        healths = [self._health(part) for part in parts]
        tasks = [
            asyncio.create_task(self._link(part, health).run(number * SPREAD))
            for number, (part, health) in enumerate(zip(parts, healths, strict=True))
        ]
        tasks.append(asyncio.create_task(self._watch(healths)))
        try:
            while True:
                yield await self._next(tasks)
        finally:
            await end_tasks(tasks)

    def parts(self) -> list[list[str]]:
        """Return the exchange's names of the symbols of each connection."""
        names = [*self._symbols]
        return [names[at : at + self._venue.most] for at in range(0, len(names), self._venue.most)]

    async def _next(self, tasks: Sequence["asyncio.Task[None]"]) -> list[SourceItem]:
        getting = asyncio.create_task(self._waiting.get())
        try:
            await asyncio.wait({getting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            found = [*getting.result()]
        finally:
            getting.cancel()
        while len(found) < MAX_LIST and not self._waiting.empty():
            found += self._waiting.get_nowait()
        return found

    def _health(self, names: Sequence[str]) -> Health:
        quiet = self._options.exchange_quiet or self._venue.quiet
        symbols = {name: self._symbols[name] for name in names}
        return Health(symbols, self._bounds.mute, quiet, time.monotonic())

    def _link(self, names: Sequence[str], health: Health) -> "Link":
        from tickcast.publisher.sources.exchanges.link import Link

        times = Times("us", self._options.max_ahead)
        known = mergers({name: self._symbols[name] for name in names}, times, self._options.last)
        return Link(self._venue, self._url, known, health, self._waiting.put, self._bounds)

    async def _watch(self, healths: Sequence[Health]) -> None:
        while True:
            await asyncio.sleep(self._bounds.check)
            for health in healths:
                if states := health.check(time.monotonic()):
                    _log.warning(
                        "nothing comes of symbols of the exchange",
                        source=self._venue.name,
                        symbols=[state.symbol for state in states[:10]],
                        count=len(states),
                    )
                    await self._waiting.put(states)


def _is_websocket(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _spelled(venue: Venue, options: SourceOptions) -> dict[str, str]:
    """Return the symbols of the feed by the names of the venue. Raises SourceError."""
    if not options.names:
        raise SourceError(f"the source {venue.name} needs names of symbols: --symbols BTC-USD,ETH-USD")
    found: dict[str, str] = {}
    for name in options.names:
        try:
            symbol = parse_symbol(name, options.symbol_case)
        except SymbolError as error:
            raise SourceError(f"--symbols: {error}") from None
        spelling = venue.spelling(symbol)
        if found.setdefault(spelling, symbol) != symbol:
            raise SourceError(
                f"--symbols: {found[spelling]} and {symbol} are both {spelling} at {venue.name}"
            )
    return found
