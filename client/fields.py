"""The fields that a program gives: checked at the call, and turned into what stands in JSON.

A FieldError names the field, the value and what is allowed. The publisher of the feed takes what passes here.
"""

import secrets
import socket
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tickcast.wire.bounds import MAX_PRODUCER_LENGTH
from tickcast.wire.decimals import is_decimal, number_fault
from tickcast.wire.fields import FieldError
from tickcast.wire.symbol import SymbolError, parse_symbol
from tickcast.wire.tick import MAX_TIME, MIN_TIME

Number = str | int | float | Decimal
"""A number of which every digit counts; a float is taken as Python prints it."""

Moment = int | datetime | None
"""µs since 1970, a datetime with a time zone, or None for now."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENDING = 6
"""Random bytes at the end of an id."""

_MAX_NAME = MAX_PRODUCER_LENGTH - 2 * _ENDING - 1
_KINDS = "a str, int, float or Decimal"


def number(field: str, value: object, *, least: int | None = None) -> str:
    """Return the JSON number of a value with all of its digits. Raises FieldError.

    With `least` 0 it must not be negative, with 1 it must be above 0.
    """
    text = _text_of(field, value)
    if not is_decimal(text):
        raise FieldError(
            f'{field}: {_shown(value)} is not a number as in JSON, of at most 32 characters: "189.30", "-0.5"'
        )
    if fault := number_fault(text):
        raise FieldError(
            f"{field}: {_shown(value)} {fault}; a number has at most 20 digits and is below 1e18"
        )
    if least == 0 and text[0] == "-" and float(text) < 0:
        raise FieldError(f"{field}: {_shown(value)} is negative; only prices may be")
    if least == 1 and not float(text) > 0:
        raise FieldError(f"{field}: {_shown(value)} is not above 0")
    return text


def _text_of(field: str, value: object) -> str:
    """Return a number as Python writes it, subclasses as the type that they are of."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, Decimal):
        return Decimal.__str__(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # Python refuses to write very long numbers, with an error that does not name the field.
        return int.__repr__(value) if abs(value) < 10**40 else "too long"
    raise FieldError(f"{field}: {_shown(value)} is not {_KINDS}")


def moment(field: str, value: object) -> int:
    """Return a time in µs since 1970. Raises FieldError."""
    if value is None:
        return time.time_ns() // 1000
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise FieldError(f"{field}: {_shown(value)} has no time zone; a datetime needs one, such as UTC")
        found = (value - _EPOCH) // _MICROSECOND
    elif isinstance(value, int) and not isinstance(value, bool):
        found = int(value)
    else:
        raise FieldError(f"{field}: {_shown(value)} is not an int, µs since 1970, nor a datetime, nor None")
    if not MIN_TIME <= found <= MAX_TIME:
        raise FieldError(f"{field}: {_shown(value)} is not a time since 2000; an int is in µs since 1970")
    return found


def symbol_of(value: object) -> str:
    """Return a symbol as it was given: the feed may fold its case. Raises FieldError."""
    if not isinstance(value, str):
        raise FieldError(f"symbol: {_shown(value)} is not a str")
    try:
        parse_symbol(value)
    except SymbolError as error:
        raise FieldError(f"symbol: {error}") from None
    return value


def text(field: str, value: object, most: int) -> str:
    """Return a text of at most `most` characters. Raises FieldError."""
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise FieldError(f"{field}: {_shown(value)} is not a text of at most {most} printable characters")
    return value


def producer(by: object) -> str:
    """Return the id of a producer that is called `by`, or as this machine if that is None. Raises FieldError.

    Numbers of entries count within an id, so no two producers may share one: it has a random ending.
    """
    name = socket.gethostname()[:_MAX_NAME] if by is None else by
    if not isinstance(name, str) or not 1 <= len(name) <= _MAX_NAME or not name.isprintable():
        raise FieldError(f"by: {_shown(by)} is not 1 to {_MAX_NAME} printable characters")
    return f"{name}.{secrets.token_hex(_ENDING)}"


def _shown(value: object) -> str:
    try:
        shown = repr(value)
    except ValueError:  # a very long int
        return "the value"
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
