"""The `simulated` source: the ticks of the simulated market, paced by the wall clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import NamedTuple

import numpy as np

from tickcast.publisher.source import SourceError, SourceOptions
from tickcast.publisher.sources.listing import MAX_LISTINGS, Listing, listings
from tickcast.publisher.sources.market import Market, Updates, weights
from tickcast.publisher.sources.price_text import PriceTexts
from tickcast.wire.tick import Tick

STEP = 0.01
"""Seconds in a step of the market."""
MAX_RATE = 1_000_000.0
"""Ticks a second, at most."""
MAX_CATCH_UP = 1.0
"""Seconds that a late source catches up, at most; a longer stall (a suspended machine) is skipped."""
_DAY = 86_400_000_000


class Clock(NamedTuple):
    """Clocks and sleep, which tests replace."""

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def simulated(options: SourceOptions, clock: Clock = Clock()) -> "Simulated":  # noqa: B008 - immutable
    """Return a simulated market of `symbols` symbols at `rate` ticks a second. Raises SourceError."""
    if options.names:
        raise SourceError("--symbols: the source simulated takes a number of symbols, not names")
    if not 1 <= options.symbols <= MAX_LISTINGS:
        raise SourceError(f"symbols: {options.symbols} is not in 1 to {MAX_LISTINGS}")
    if not 0 < options.rate <= MAX_RATE:
        raise SourceError(f"rate: {options.rate} is not over 0 and at most {MAX_RATE:.0f} ticks a second")
    return Simulated(options, clock)


simulated.shared = True  # type: ignore[attr-defined]
simulated.takes = ("symbols", "rate", "seed")  # type: ignore[attr-defined]


class Simulated:
    """The source. With a seed, everything but the times is the same in every run."""

    checked = True
    src = "sim"

    def __init__(self, options: SourceOptions, clock: Clock) -> None:
        every = listings(options.symbols)
        self._weights = dict(
            zip((each.instrument.symbol for each in every), weights(len(every)), strict=True)
        )
        self._rate = options.rate
        self._rng = np.random.default_rng(options.seed)
        self._clock = clock
        self._day = int(clock.wall() * 1e6) // _DAY
        led = [listing for listing in every if options.leads(listing.instrument.symbol)]
        self._begin(led, _start_prices(led, options.last), _start_volumes(led, options.last, self._day))

    def _begin(self, led: list[Listing], prices: dict[int, int], volumes: dict[int, int]) -> None:
        self._listings = led
        self.instruments = [listing.instrument for listing in led]
        shares = np.array([self._weights[each.symbol] for each in self.instruments])
        rate = self._rate * (float(shares.sum()) if len(led) < len(self._weights) else 1.0)
        self._market = Market(led, rate, self._rng, prices, volumes, shares) if led else None
        self._writer = TickWriter(led)

    def keep(self, leads: Callable[[str], bool]) -> None:
        """Simulate from now on only the symbols that `leads` accepts; their prices go on."""
        if self._market is None:
            return
        kept = [place for place, each in enumerate(self.instruments) if leads(each.symbol)]
        prices, volumes = self._market.standing()
        self._begin(
            [self._listings[place] for place in kept],
            {new: prices[old] for new, old in enumerate(kept)},
            {new: volumes[old] for new, old in enumerate(kept)},
        )

    async def __aiter__(self) -> AsyncIterator[list[Tick]]:
        due = self._clock.monotonic()
        while True:
            due += STEP
            await self._clock.sleep(max(0.0, due - self._clock.monotonic()))
            # Read the wall clock in each step, so that times follow its corrections.
            wall = self._clock.wall()
            late = self._clock.monotonic() - due
            if late > MAX_CATCH_UP:
                due, late = due + late, 0.0
            begin = int((wall - late - STEP) * 1e6)
            if begin // _DAY != self._day:
                self._day = begin // _DAY
                if self._market is not None:
                    self._market.new_day()
            if self._market is not None and (ticks := self._writer.write(self._market.step(STEP), begin)):
                yield ticks


class TickWriter:
    """Converts updates of the market to ticks."""

    def __init__(self, listed: list[Listing]) -> None:
        self._symbols = [listing.instrument.symbol for listing in listed]
        self._decimals = np.array([listing.decimals for listing in listed])
        self._units = np.array(
            [round(float(listing.instrument.tick) * 10**listing.decimals) for listing in listed]
        )
        self._texts = PriceTexts()
        self._newest = 0

    def write(self, updates: Updates, begin: int) -> list[Tick]:
        """Return the ticks of a step that began at `begin`, µs since 1970.

        Times never decrease, unless the clock was set back by more than a second.
        """
        places = updates.symbol
        if not len(places):
            return []
        times = begin + (updates.offset * 1e6).astype(np.int64)
        if self._newest - begin < 1_000_000:
            times = np.maximum(times, self._newest)
        self._newest = int(times[-1])
        units, decimals = self._units[places] * 8, self._decimals[places]
        price, bid, ask = (
            map(self._texts.__getitem__, (ticks * units + decimals).tolist())
            for ticks in (updates.price, updates.bid, updates.ask)
        )
        size, bid_size, ask_size, volume = (
            map(str, whole.tolist())
            for whole in (updates.size, updates.bid_size, updates.ask_size, updates.volume)
        )
        return list(
            map(
                Tick,
                map(self._symbols.__getitem__, places.tolist()),
                times.tolist(),
                price,
                size,
                bid,
                bid_size,
                ask,
                ask_size,
                volume,
            )
        )


def _start_prices(listed: list[Listing], last: Mapping[str, Tick]) -> dict[int, int]:
    """Return the last prices as numbers of tick sizes, by place.

    A price ten times away from the reference is left out: it is from another feed with the same symbol.
    """
    found = {}
    for place, listing in enumerate(listed):
        tick = last.get(listing.instrument.symbol)
        if tick is None:
            continue
        ticks = float(tick.price) / float(listing.instrument.tick)
        if 0.1 <= ticks / listing.reference_ticks <= 10:
            found[place] = max(1, round(ticks))
    return found


def _start_volumes(listed: list[Listing], last: Mapping[str, Tick], day: int) -> dict[int, int]:
    """Return the volumes of the day so far, by place."""
    found = {}
    for place, listing in enumerate(listed):
        tick = last.get(listing.instrument.symbol)
        if tick is not None and tick.volume is not None and tick.time // _DAY == day:
            volume = float(tick.volume)
            if 0 <= volume < 2**53:
                found[place] = int(volume)
    return found
