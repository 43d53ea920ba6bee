"""Decimal numbers as text, so that a price keeps its digits from the exchange to the screen.

A binary float would turn 427.90 into 427.9 and, sooner or later, 0.1 + 0.2 into what it is.
Text that is a JSON number travels unchanged and needs no encoding.
"""

import re

MAX_DECIMAL_LENGTH = 32
"""Characters in a number, at most."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def is_decimal(text: str) -> bool:
    """Tell whether `text` is a JSON number (RFC 8259, section 6) of bounded length."""
    return len(text) <= MAX_DECIMAL_LENGTH and _NUMBER.fullmatch(text) is not None


def places(text: str) -> int:
    """Return the number of digits after the decimal point, written out: 2 for "427.90", 7 for "1e-7"."""
    mantissa, _, exponent = text.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    return max(0, digits - int(exponent)) if exponent else digits
