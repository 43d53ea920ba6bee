"""A market that remembers what it made, so that nothing else passes for one of its prices.

Each trade has a size of its own, and each quote a size of the bid of its own: they are found by it.
"""

import random
from dataclasses import dataclass, field
from typing import NamedTuple

START = 1_700_000_000_000_000
"""µs since 1970 at which the hour begins."""


class Made(NamedTuple):
    """A trade or a quote as it was made."""

    number: int
    time: int
    price: str
    size: str
    ask: str = ""
    ask_size: str = ""


def unique(number: int) -> str:
    return f"{1 + number // 100_000_000}.{number % 100_000_000:08d}"


@dataclass
class Symbol:
    """One symbol and all that it ever said."""

    symbol: str
    cents: int
    trades: list[Made] = field(default_factory=list)
    quotes: list[Made] = field(default_factory=list)
    trade_of: dict[str, Made] = field(default_factory=dict)
    quote_of: dict[str, Made] = field(default_factory=dict)
    sequence: int = 100

    def trade(self, time: int, rng: random.Random) -> Made:
        self.cents = max(100, self.cents + rng.randint(-9, 9))
        number = len(self.trades) + 1
        made = Made(number, time, f"{self.cents / 100:.2f}", unique(number))
        self.trades.append(made)
        self.trade_of[made.size] = made
        return made

    def quote(self, time: int, rng: random.Random) -> Made:
        self.cents = max(100, self.cents + rng.randint(-2, 2))
        number = len(self.quotes) + 1
        bid, ask = f"{(self.cents - 1) / 100:.2f}", f"{(self.cents + 1) / 100:.2f}"
        made = Made(number, time, bid, unique(number), ask, f"{rng.randint(1, 99)}.5")
        self.quotes.append(made)
        self.quote_of[made.size] = made
        return made
