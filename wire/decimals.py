"""Decimal numbers as text, so that a price keeps its digits from the exchange to the screen.

A binary float turns 427.90 into 427.9, and 0.1 + 0.2 into 0.30000000000000004. Text that is a JSON
number travels unchanged and needs no encoding.
"""

import re

MAX_DECIMAL_LENGTH = 32
"""Characters in a number, at most."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def is_decimal(text: str) -> bool:
    """Return True if `text` is a JSON number (RFC 8259, section 6) and not too long."""
    return len(text) <= MAX_DECIMAL_LENGTH and _NUMBER.fullmatch(text) is not None


def places(text: str) -> int:
    """Return the number of decimal places without an exponent: 2 for "427.90", 7 for "1e-7"."""
    mantissa, _, exponent = text.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    return max(0, digits - int(exponent)) if exponent else digits
