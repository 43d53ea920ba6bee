"""Instruments of symbols that the source does not describe, derived from their ticks. Pure."""

from tickcast.wire.decimals import places
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick

MAX_DIGITS = 20
"""Decimal places of a tick size, at most: no reader shows more."""


class DerivedInstruments:
    """The reference is the first price. The tick size has the most decimal places of any price, bid or ask.

    The tick size becomes finer with later ticks: after a first price of 190 may come 189.95.
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[Instrument, int]] = {}

    def restore(self, instrument: Instrument) -> None:
        """Continue with an instrument from Redis."""
        self._held[instrument.symbol] = instrument, places(instrument.tick)

    def update(self, tick: Tick) -> Instrument | None:
        """Return the instrument of the symbol, if `tick` is its first or makes its tick size finer."""
        symbol, _, price, _, bid, _, ask, _, _ = tick
        digits = places(price)
        if bid is not None:
            digits = max(digits, places(bid))
        if ask is not None:
            digits = max(digits, places(ask))
        digits = min(digits, MAX_DIGITS)
        known = self._held.get(symbol)
        if known is not None and digits <= known[1]:
            return None
        size = f"0.{'1':0>{digits}}" if digits else "1"
        found = known[0]._replace(tick=size) if known else Instrument(symbol, symbol, size, price, "")
        self._held[symbol] = found, digits
        return found
