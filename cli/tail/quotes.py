"""Quotes: the newest tick of each symbol with its reference price. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


@dataclass
class Quote:
    """The quote of one symbol; numbers are text as received, so that prices keep their digits."""

    symbol: str
    reference: str | None = None
    """The price from which `change` is measured."""
    q: int = 0
    """Sequence of the tick shown; 0: any tick is newer."""
    last: str | None = None
    bid: str = ""
    ask: str = ""
    time: int = 0
    """Source time, µs since the epoch."""
    direction: int = 0
    """Last move of the price: 1 up, -1 down, 0 none yet."""

    @property
    def change(self) -> float | None:
        """Change since the reference price, in per cent; None without a reference price."""
        if self.last is None or self.reference is None or not Decimal(self.reference):
            return None
        reference = Decimal(self.reference)
        # Prices may be negative: a rise must be positive all the same.
        return float((Decimal(self.last) - reference) / abs(reference) * 100)

    @property
    def clock(self) -> str:
        """Source time as local time of day, "" if there is none."""
        if not self.time:
            return ""
        return datetime.fromtimestamp(self.time / 1e6, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


class Quotes:
    """The quotes of all symbols, in alphabetical order."""

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._references: dict[str, str] = {}

    def __iter__(self) -> Iterator[Quote]:
        return iter(sorted(self._quotes.values(), key=lambda quote: quote.symbol))

    def describe(self, instruments: Iterable[Mapping[str, Any]]) -> None:
        """Set the reference prices from `/v1/symbols`, also for symbols that have no quote yet."""
        for instrument in instruments:
            symbol, reference = str(instrument["S"]), str(instrument["ref"])
            self._references[symbol] = reference
            if symbol in self._quotes:
                self._quotes[symbol].reference = reference

    def free(self) -> None:
        """Let any tick replace those shown: the feed may have gone back."""
        for quote in self._quotes.values():
            quote.q = 0

    def forget(self, symbols: Iterable[str]) -> None:
        """Forget symbols that have left the feed."""
        for symbol in symbols:
            self._quotes.pop(symbol, None)

    def clear(self) -> None:
        """Forget all quotes, and keep the reference prices: the feed has started over."""
        self._quotes.clear()

    def update(self, fields: Mapping[str, Any]) -> None:
        """Update a quote from the fields of a tick, unless the quote is of a later tick.

        Raises KeyError if a mandatory field is missing.
        """
        symbol, price, q = str(fields["S"]), str(fields["p"]), int(fields["q"])
        quote = self._quotes.get(symbol)
        if quote is None:
            quote = self._quotes[symbol] = Quote(symbol, self._references.get(symbol))
        if q < quote.q:
            return
        quote.q = q
        if quote.last is not None and price != quote.last:
            quote.direction = 1 if Decimal(price) > Decimal(quote.last) else -1
        quote.last, quote.time = price, int(fields["t"])
        quote.bid, quote.ask = str(fields.get("bp", "")), str(fields.get("ap", ""))
