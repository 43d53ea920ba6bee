"""The simulated market: makes quotes and trades from prices and arrivals. Pure: no clock, no I/O."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickcast.publisher.sources.arrivals import Arrivals
from tickcast.publisher.sources.listing import Listing
from tickcast.publisher.sources.price_process import PriceProcess

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TRADE_SHARE = 0.35
"""Share of ticks that are trades. The others only change the quote."""
REQUOTE_SHARE = 0.4
"""Share of ticks at which the quote follows the price. At the others only sizes change."""
SPREAD = 1e-4
"""Spread as a share of the price in a calm market; at least one tick size."""
LOT = 100
"""Size of a round lot."""


class Updates(NamedTuple):
    """The ticks of one step: arrays of equal length, one element a tick. Prices are numbers of tick sizes."""

    symbol: Ints
    """Place of the symbol in the listings."""
    offset: Floats
    """Seconds since the step began."""
    price: Ints
    size: Ints
    bid: Ints
    bid_size: Ints
    ask: Ints
    ask_size: Ints
    volume: Ints

    def sorted(self) -> "Updates":
        """Return the same updates in time order."""
        order = np.argsort(self.offset, kind="stable")
        symbol, offset, *others = self
        price, size, bid, bid_size, ask, ask_size, volume = (column[order] for column in others)
        return Updates(symbol[order], offset[order], price, size, bid, bid_size, ask, ask_size, volume)


def weights(count: int) -> Floats:
    """Return the shares of the ticks of `count` symbols, by rank; their sum is 1.

    The share falls with the rank by a power law, flat at its head, as on exchanges.
    """
    power: Floats = np.arange(5.0, count + 5) ** -0.8
    shares: Floats = power / power.sum()
    return shares


class Market:
    """All symbols and their quotes. `step` moves them on and returns their ticks."""

    def __init__(
        self,
        listings: Sequence[Listing],
        rate: float,
        rng: np.random.Generator,
        start: Mapping[int, int] | None = None,
        volume: Mapping[int, int] | None = None,
        shares: Floats | None = None,
    ) -> None:
        """`start` and `volume` are prices and volumes to begin with, by place; else the reference and 0.

        `shares` are the shares of the ticks, by place; else those of `weights`.
        """
        count = len(listings)
        reference = np.array([listing.reference_ticks for listing in listings], np.int64)
        self._price = reference.copy()
        for place, ticks in (start or {}).items():
            self._price[place] = ticks
        self._volume = np.zeros(count, np.int64)
        for place, traded in (volume or {}).items():
            self._volume[place] = traded

        sectors = sorted({listing.sector for listing in listings})
        self._process = PriceProcess(
            np.log(self._price),
            np.log(reference),
            np.array([listing.volatility for listing in listings]),
            np.array([sectors.index(listing.sector) for listing in listings]),
            rng,
        )
        self._arrivals = Arrivals(weights(count) if shares is None else shares, rate, rng)
        self._rng = rng
        self._size = self._sizes(count)
        self._bid_size, self._ask_size = self._depths(count), self._depths(count)
        self._bid, self._ask = self._quotes(self._price.astype(np.float64), self._process.volatility_ratio)

    def standing(self) -> tuple[list[int], list[int]]:
        """Return the prices, as numbers of tick sizes, and the volumes of the day, by place."""
        return self._price.tolist(), self._volume.tolist()

    def new_day(self) -> None:
        """Set the volume of the day to 0."""
        self._volume[:] = 0

    def step(self, seconds: float) -> Updates:
        """Move the market on by `seconds` and return its ticks in time order."""
        before = self._process.log_price.copy()
        counts = self._arrivals.step(seconds, np.sqrt(self._process.volatility_ratio))
        self._process.step(seconds)
        total = int(counts.sum())
        symbol = np.repeat(np.arange(len(counts)), counts)
        # Sorted by symbol, then by time: so the tick before a tick of the same symbol is on its left.
        when = np.sort(symbol + self._rng.random(total)) - symbol
        first = np.repeat(np.cumsum(counts) - counts, counts)

        moved = self._process.log_price - before
        target = np.exp(before[symbol] + when * moved[symbol])
        bid, ask = self._quotes(target, self._process.volatility_ratio[symbol])
        requote = _latest_flagged(self._rng.random(total) < REQUOTE_SHARE, first)
        bid, ask = (
            _filled_forward(requote, bid, self._bid[symbol]),
            _filled_forward(requote, ask, self._ask[symbol]),
        )

        trades = self._rng.random(total) < TRADE_SHARE
        sizes = self._sizes(total)
        buys = self._rng.random(total) < 0.5
        trade = _latest_flagged(trades, first)
        running = np.cumsum(np.where(trades, sizes, 0))
        opened = (running - np.where(trades, sizes, 0))[first] if total else running
        updates = Updates(
            symbol,
            when * seconds,
            _filled_forward(trade, np.where(buys, ask, bid), self._price[symbol]),
            _filled_forward(trade, sizes, self._size[symbol]),
            bid,
            _filled_forward(_latest_flagged(buys, first), self._depths(total), self._bid_size[symbol]),
            ask,
            _filled_forward(_latest_flagged(~buys, first), self._depths(total), self._ask_size[symbol]),
            self._volume[symbol] + running - opened,
        )
        self._keep_newest(updates, np.cumsum(counts)[counts > 0] - 1)
        return updates.sorted()

    def _keep_newest(self, updates: Updates, newest: Ints) -> None:
        places = updates.symbol[newest]
        self._price[places] = updates.price[newest]
        self._size[places] = updates.size[newest]
        self._bid[places], self._ask[places] = updates.bid[newest], updates.ask[newest]
        self._bid_size[places], self._ask_size[places] = updates.bid_size[newest], updates.ask_size[newest]
        self._volume[places] = updates.volume[newest]

    def _quotes(self, price: Floats, volatility_ratio: Floats) -> tuple[Ints, Ints]:
        spread = np.maximum(1, np.rint(price * SPREAD * volatility_ratio)).astype(np.int64)
        bid = np.maximum(1, np.floor(price - (spread - 1) / 2)).astype(np.int64)
        return bid, bid + spread

    def _sizes(self, count: int) -> Ints:
        """Return sizes of trades: mostly a few round lots, else an odd lot."""
        rng = self._rng
        round_lots = LOT * rng.geometric(0.6, count)
        return np.where(rng.random(count) < 0.6, round_lots, rng.integers(1, LOT, count))

    def _depths(self, count: int) -> Ints:
        return LOT * self._rng.geometric(0.2, count)


def _latest_flagged(flags: NDArray[np.bool_], first: Ints) -> Ints:
    """Return for each tick the place of its symbol's latest flagged tick so far, or -1.

    `first` is the place of the first tick of its symbol.
    """
    places = np.maximum.accumulate(np.where(flags, np.arange(len(flags)), -1))
    return np.where(places >= first, places, -1)


def _filled_forward(places: Ints, values: Ints, before: Ints) -> Ints:
    return np.where(places >= 0, values[places], before)
