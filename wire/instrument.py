"""An instrument: the metadata of a symbol, and its JSON in Redis."""

from typing import NamedTuple

from tickcast.wire.bounds import MAX_TEXT
from tickcast.wire.decimals import is_decimal
from tickcast.wire.exact_json import dump_ascii
from tickcast.wire.fields import read_fields
from tickcast.wire.symbol import parse_symbol


class InstrumentError(ValueError):
    """The text is not an instrument. The message says why."""


class Instrument(NamedTuple):
    """Name, tick size, reference price and currency of a symbol. Numbers are decimal text."""

    symbol: str
    """In the feed's case, `wire.symbol.PATTERN`."""
    name: str
    """Name to show, such as `Apple`; any Unicode text."""
    tick: str
    """Tick size: every price is a multiple of it."""
    reference: str
    """The price that a change is measured from, such as the last close."""
    currency: str
    """ISO 4217 code, or the quote asset of a crypto pair; may be empty."""
    session: str = ""
    """Trading hours; empty if they are not known."""
    timezone: str = ""
    """IANA name of the time zone of the session; empty if it is not known."""
    given: str = ""
    """The reference price that the source gave, where `reference` is the close of a later day; else empty."""
    fixed: bool = False
    """True if a producer gave the tick size: prices are rounded to it, and none makes it finer."""


def encode_instrument(instrument: Instrument) -> bytes:
    """Return the ASCII JSON of an instrument, `{"S":"AAPL","name":…,"tick":0.01,"ref":188.2,"ccy":"USD"}`."""
    symbol, name, tick, reference, currency, session, timezone, given, fixed = instrument
    text = f'{{"S":"{symbol}","name":{dump_ascii(name)},"tick":{tick},"ref":{reference}'
    text += f',"ccy":{dump_ascii(currency)}'
    if session:
        text += f',"session":{dump_ascii(session)}'
    if timezone:
        text += f',"tz":{dump_ascii(timezone)}'
    if given:
        text += f',"given":{given}'
    if fixed:
        text += ',"fixed":true'
    return (text + "}").encode("ascii")


def decode_instrument(text: bytes) -> Instrument:
    """Return the instrument in a JSON text, every field checked. Raises InstrumentError."""
    try:
        fields = read_fields(text)
        found = Instrument(
            parse_symbol(fields["S"]),
            fields["name"],
            fields["tick"],
            fields["ref"],
            fields["ccy"],
            fields.get("session", ""),
            fields.get("tz", ""),
            fields.get("given", ""),
            fields.get("fixed") is True,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InstrumentError(f"not an instrument: {error!r}") from None
    numbers = (found.tick, found.reference, found.given or "0")
    if not all(isinstance(part, str) for part in found[:-1]) or not all(map(is_decimal, numbers)):
        raise InstrumentError("an instrument's name and ccy are texts, its tick, ref and given numbers")
    texts = found.name, found.currency, found.session, found.timezone
    for field, held in zip(MAX_TEXT, texts, strict=True):
        if len(held) > MAX_TEXT[field]:
            raise InstrumentError(f"{field}: a text of at most {MAX_TEXT[field]} characters is needed")
    return found
