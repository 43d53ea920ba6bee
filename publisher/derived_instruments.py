"""Instruments of symbols that the source does not describe, or not wholly, derived from their ticks. Pure."""

from collections.abc import Iterable

from tickcast.wire.bounds import MAX_PLACES
from tickcast.wire.decimals import places
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick

UNKNOWN = "0"
"""The reference of an instrument that was described without one, until its first tick comes."""


class DerivedInstruments:
    """The reference is the first price. The tick size has the most decimal places of any price, bid or ask.

    The tick size becomes finer with later ticks: after a first price of 190 may come 189.95.
    """

    def __init__(self) -> None:
        self._held: dict[str, tuple[Instrument, int]] = {}
        """Instrument and decimal places of its tick size; -1 while a tick has to tell its reference."""

    def restore(self, instrument: Instrument) -> None:
        """Continue with an instrument from Redis."""
        self._hold(instrument)

    def describe(self, description: Description, fixed: bool = False) -> Instrument:
        """Return the instrument of a symbol with what is said of it.

        `fixed`: no price makes the tick size finer that is said.
        """
        known = self._held.get(description.symbol)
        found = known[0] if known else Instrument(description.symbol, description.symbol, "1", UNKNOWN, "")
        found = described(found, description)
        if fixed and description.tick is not None:
            found = found._replace(fixed=True)
        self._hold(found)
        return found

    def replace(self, instrument: Instrument) -> None:
        """Continue with an instrument that was changed; a tick has told its reference."""
        self._hold(instrument, priced=True)

    def forget(self, symbol: str) -> bool:
        """Forget the instrument of a symbol; tell whether there was one."""
        return self._held.pop(symbol, None) is not None

    def of(self, symbol: str) -> Instrument | None:
        """Return the instrument of a symbol; None if none was derived or restored."""
        held = self._held.get(symbol)
        return held and held[0]

    @property
    def symbols(self) -> Iterable[str]:
        """The symbols that have an instrument."""
        return self._held.keys()

    def fixed(self) -> list[Instrument]:
        """Return the instruments whose tick sizes a producer gave."""
        return [each for each, _ in self._held.values() if each.fixed]

    def update(self, tick: Tick) -> Instrument | None:
        """Return the instrument of the symbol, if `tick` is its first or makes its tick size finer."""
        symbol, _, price, _, bid, _, ask, _, _ = tick
        digits = places(price)
        if bid is not None:
            digits = max(digits, places(bid))
        if ask is not None:
            digits = max(digits, places(ask))
        digits = min(digits, MAX_PLACES)
        known = self._held.get(symbol)
        if known is not None and digits <= known[1]:
            return None
        return self._derive(known and known[0], symbol, price, digits)

    def _derive(self, known: Instrument | None, symbol: str, price: str, digits: int) -> Instrument | None:
        found = known or Instrument(symbol, symbol, "1", price, "")
        if found.reference == UNKNOWN:
            found = found._replace(reference=price)
        if not found.fixed and (known is None or digits > places(found.tick)):
            found = found._replace(tick=f"0.{'1':0>{digits}}" if digits else "1")
        self._hold(found, priced=True)
        return None if found == known else found

    def _hold(self, instrument: Instrument, priced: bool = False) -> None:
        """Keep an instrument; `priced`: a tick has told its reference, if one can."""
        digits = MAX_PLACES if instrument.fixed else places(instrument.tick)
        lacks = instrument.reference == UNKNOWN and not priced
        self._held[instrument.symbol] = instrument, -1 if lacks else digits


def described(instrument: Instrument, description: Description) -> Instrument:
    """Return an instrument with what is said of it."""
    _, name, tick, reference, currency, session, timezone = description
    return instrument._replace(
        name=instrument.name if name is None else name,
        tick=tick or instrument.tick,
        reference=reference or instrument.reference,
        given="" if reference else instrument.given,
        currency=instrument.currency if currency is None else currency,
        session=instrument.session if session is None else session,
        timezone=instrument.timezone if timezone is None else timezone,
    )
