"""An instrument: what is known of a symbol beside its ticks."""

from typing import NamedTuple

from tickcast.wire.decimals import is_decimal
from tickcast.wire.exact_json import dump_ascii
from tickcast.wire.fields import read_fields
from tickcast.wire.symbol import parse_symbol


class InstrumentError(ValueError):
    """The text is no instrument."""


class Instrument(NamedTuple):
    """A symbol's name, tick size, reference price and currency; numbers are decimal text."""

    symbol: str
    name: str
    tick: str
    """Tick size: prices are multiples of it."""
    reference: str
    """The price that change is counted from, such as the last close."""
    currency: str
    """ISO 4217 code, or the quote asset; may be empty."""


def encode_instrument(instrument: Instrument) -> bytes:
    """Return its JSON, `{"S":"AAPL","name":…,"tick":0.01,"ref":188.2,"ccy":"USD"}`."""
    symbol, name, tick, reference, currency = instrument
    return (
        f'{{"S":"{symbol}","name":{dump_ascii(name)},"tick":{tick},"ref":{reference},'
        f'"ccy":{dump_ascii(currency)}}}'
    ).encode("ascii")


def decode_instrument(text: bytes) -> Instrument:
    """Return the instrument of its JSON. Raises InstrumentError."""
    try:
        fields = read_fields(text)
        found = Instrument(
            parse_symbol(fields["S"]), fields["name"], fields["tick"], fields["ref"], fields["ccy"]
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InstrumentError(f"not an instrument: {error!r}") from None
    numbers = (found.tick, found.reference)
    if not all(isinstance(part, str) for part in found) or not all(map(is_decimal, numbers)):
        raise InstrumentError("an instrument's name and ccy are texts, its tick and ref numbers")
    return found
