"""Quotes: the newest tick of each symbol and what is known of it, as rows of a table. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


@dataclass
class Quote:
    """One symbol; numbers are the text that came, so that prices keep their digits."""

    symbol: str
    reference: str | None = None
    """The price that change is counted from."""
    last: str | None = None
    bid: str = ""
    ask: str = ""
    time: int = 0
    """Source time, µs since the epoch."""
    direction: int = 0
    """1 when the last move was up, -1 down, 0 before any."""

    @property
    def change(self) -> float | None:
        """Change since the reference price, in per cent; None without one."""
        if self.last is None or self.reference is None or not Decimal(self.reference):
            return None
        reference = Decimal(self.reference)
        # Prices may be below zero; what rises is up all the same.
        return float((Decimal(self.last) - reference) / abs(reference) * 100)

    @property
    def clock(self) -> str:
        """Source time as local time of day."""
        if not self.time:
            return ""
        return datetime.fromtimestamp(self.time / 1e6, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


class Quotes:
    """All symbols, in the order of the alphabet."""

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._references: dict[str, str] = {}

    def __iter__(self) -> Iterator[Quote]:
        return iter(sorted(self._quotes.values(), key=lambda quote: quote.symbol))

    def describe(self, instruments: Iterable[Mapping[str, Any]]) -> None:
        """Take the reference prices of `/v1/symbols`, also of symbols that have no quote yet."""
        for instrument in instruments:
            symbol, reference = str(instrument["S"]), str(instrument["ref"])
            self._references[symbol] = reference
            if symbol in self._quotes:
                self._quotes[symbol].reference = reference

    def update(self, fields: Mapping[str, Any]) -> None:
        """Take a tick's fields. Raises KeyError if one that every tick has is missing."""
        symbol, price = str(fields["S"]), str(fields["p"])
        quote = self._quotes.get(symbol)
        if quote is None:
            quote = self._quotes[symbol] = Quote(symbol, self._references.get(symbol))
        if quote.last is not None and price != quote.last:
            quote.direction = 1 if Decimal(price) > Decimal(quote.last) else -1
        quote.last, quote.time = price, int(fields["t"])
        quote.bid, quote.ask = str(fields.get("bp", "")), str(fields.get("ap", ""))
