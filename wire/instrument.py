"""An instrument: the metadata of a symbol, and its JSON in Redis.

Every gateway holds the instruments of all symbols and serves them to everybody, so texts and numbers are
bounded. The bounds are the same for a source, for a producer and for what stands in Redis.
"""

import re
from typing import NamedTuple

from tickcast.wire.bounds import MAX_INSTRUMENT_BYTES, MAX_PLACES, MAX_TEXT
from tickcast.wire.decimals import is_decimal, number_fault, places
from tickcast.wire.exact_json import dump_ascii
from tickcast.wire.fields import read_fields
from tickcast.wire.symbol import SymbolError, parse_symbol


class InstrumentError(ValueError):
    """The text is not an instrument. The message says why."""


class Instrument(NamedTuple):
    """Name, tick size, reference price and currency of a symbol. Numbers are decimal text."""

    symbol: str
    """In the feed's case, `wire.symbol.PATTERN`."""
    name: str
    """Name to show, such as `Apple`; any Unicode text."""
    tick: str
    """Tick size: every price is a multiple of it; 0 if prices are not rounded."""
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
    if len(text) > MAX_INSTRUMENT_BYTES:
        most = MAX_INSTRUMENT_BYTES
        raise InstrumentError(f"{len(text)} bytes; the JSON of an instrument has at most {most}")
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
    except SymbolError as error:
        raise InstrumentError(f"S: {error}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InstrumentError(f"not an instrument: {error!r}") from None
    numbers = (found.tick, found.reference, found.given or "0")
    if not all(isinstance(part, str) for part in found[:-1]) or not all(map(is_decimal, numbers)):
        raise InstrumentError("an instrument's name and ccy are texts, its tick, ref and given numbers")
    if fault := _fault_in(found):
        raise InstrumentError(fault)
    return found


def _fault_in(found: Instrument) -> str | None:
    texts = found.name, found.currency, found.session, found.timezone
    for field, held in zip(MAX_TEXT, texts, strict=True):
        if fault := text_fault(field, held):
            return f"{field}: {fault}"
    if fault := size_fault(found.tick):
        return f"tick: {found.tick} {fault}"
    for field, number in (("ref", found.reference), ("given", found.given or "0")):
        if fault := number_fault(number):
            return f"{field}: {number} {fault}"
    return None


_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends, halves of characters, and what turns the writing direction of a page."""


def text_fault(field: str, text: str) -> str | None:
    """Return what is wrong with the text in a field of MAX_TEXT, and what is allowed; None if nothing is."""
    if len(text) <= MAX_TEXT[field] and not _UNWANTED.search(text):
        return None
    return f"a text of at most {MAX_TEXT[field]} characters is needed, without control characters"


def size_fault(tick: str) -> str | None:
    """Return what is wrong with a tick size, a JSON number, and what is allowed; None if nothing is."""
    if fault := number_fault(tick):
        return f"{fault}; a tick size is below 1e18 and has at most {MAX_PLACES} decimal places"
    if places(tick) > MAX_PLACES:
        return f"has more than {MAX_PLACES} decimal places"
    return "is negative" if tick[0] == "-" and float(tick) < 0 else None
