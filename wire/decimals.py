"""Decimal numbers as text, so that a price keeps its digits from the exchange to the screen.

A binary float turns 427.90 into 427.9, and 0.1 + 0.2 into 0.30000000000000004. Text that is a JSON
number travels unchanged and needs no encoding.
"""

import re
from decimal import Decimal

MAX_MAGNITUDE = 10**18
"""Numbers of a tick are below it, with either sign: no market has larger ones, and a page no room."""

MAX_DIGITS = 20
"""Digits of a number of a tick, at most, zeros at its beginning not counted."""

MAX_DECIMAL_LENGTH = 32
"""Characters in a number, at most."""

NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
"""Regular expression of a JSON number."""

_NUMBER = re.compile(NUMBER)


def is_decimal(text: str) -> bool:
    """Return True if `text` is a JSON number (RFC 8259, section 6) and not too long."""
    return len(text) <= MAX_DECIMAL_LENGTH and _NUMBER.fullmatch(text) is not None


_PLAIN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,8})?")


def number_fault(text: str) -> str | None:
    """Return what is wrong with a number of a tick, valid JSON as it is; None if nothing is.

    Readers hold it as a double, which is infinite, or zero, for what is too large, or too small. More digits
    than MAX_DIGITS are digits that nobody sent.
    """
    if _PLAIN.fullmatch(text):
        return None
    digits = text.lower().partition("e")[0].replace(".", "").lstrip("-0")
    if len(digits) > MAX_DIGITS:
        return f"has more than {MAX_DIGITS} digits"
    if not digits:
        return None
    number = Decimal(text)
    if abs(number) >= MAX_MAGNITUDE:
        return "is 1e18 or more" if number > 0 else "is -1e18 or less"
    return "is too small to tell from zero" if float(text) == 0 else None


def places(text: str) -> int:
    """Return the number of decimal places without an exponent: 2 for "427.90", 7 for "1e-7"."""
    if "e" not in text and "E" not in text:
        point = text.find(".")
        return 0 if point < 0 else len(text) - point - 1
    mantissa, _, exponent = text.lower().partition("e")
    return max(0, len(mantissa.partition(".")[2]) - int(exponent))
