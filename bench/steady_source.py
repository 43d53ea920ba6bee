"""A steady source: an exact number of ticks a second, in turns over all symbols, at next to no cost.

The simulator has bursts, as markets have; figures can only be compared under the same load. Prices follow a
random walk, so that they compress as well as real prices.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from itertools import count

from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick

STEP = 0.005
"""Seconds between two lists of ticks; at low rates ticks come one by one."""

CHUNK = 1024
"""Ticks in a list if the rate is unlimited."""

_QUOTES = 64
_MAX_LATE = 1.0


def symbol_names(number: int) -> list[str]:
    """Return the first `number` symbols: four letters each, as AAAA, AAAB, …"""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return ["".join(letters[n // 26**place % 26] for place in (3, 2, 1, 0)) for n in range(number)]


class SteadySource:
    """The source; without a `rate` it is as fast as its consumer."""

    def __init__(self, symbols: int, rate: float | None) -> None:
        self._rate = rate
        self._names = symbol_names(symbols)
        rng = random.Random(1)  # the same walk in every run
        self._quotes = [_walk(rng) for _ in self._names]
        self.instruments = [Instrument(name, name, "0.01", "100.00", "USD") for name in self._names]

    async def __aiter__(self) -> AsyncIterator[list[Tick]]:
        numbers = count()
        if self._rate is None:
            while True:
                yield self._ticks(numbers, CHUNK)
                await asyncio.sleep(0)
        step = max(STEP, 1 / self._rate)
        began = time.monotonic()
        made = 0
        for turn in count(1):
            late = time.monotonic() - began - turn * step
            if late > _MAX_LATE:
                began += late
            await asyncio.sleep(max(0.0, -late))
            due = int(turn * step * self._rate + 1e-6) - made
            made += due
            if due:
                yield self._ticks(numbers, due)

    def _ticks(self, numbers: "count[int]", amount: int) -> list[Tick]:
        now = time.time_ns() // 1000
        names, quotes, size = self._names, self._quotes, len(self._names)
        made = []
        for _ in range(amount):
            turn, place = divmod(next(numbers), size)
            price, sold, bid, bid_size, ask, ask_size = quotes[place][turn % _QUOTES]
            made.append(Tick(names[place], now, price, sold, bid, bid_size, ask, ask_size, str(turn * 137)))
        return made


def _walk(rng: random.Random) -> list[tuple[str, ...]]:
    price = rng.randint(1_000, 90_000)
    quotes: list[tuple[str, ...]] = []
    for _ in range(_QUOTES):
        price = max(100, price + rng.choice((-2, -1, 0, 0, 1, 2)))
        spread = rng.choice((1, 1, 2, 3))
        sizes = [str(100 * rng.randint(1, 40)) for _ in range(3)]
        texts = [f"{cents / 100:.2f}" for cents in (price, price - spread, price + spread)]
        quotes.append((texts[0], sizes[0], texts[1], sizes[1], texts[2], sizes[2]))
    return quotes
