"""Sums of JSON numbers, such as the volume of a bar: exact, and written within what the wire takes. Pure."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

from tickcast.wire.decimals import MAX_DECIMAL_LENGTH

Number = int | Decimal
"""A number: int where it is whole, which is faster, else Decimal. Both are exact."""

# A JSON number has at most 32 characters and an exponent of 3 digits: so no sum is ever rounded here.
_EXACT = Context(prec=2_100, Emax=99_999, Emin=-99_999)
_SHORT = Context(prec=20, rounding=ROUND_HALF_EVEN)
_MAX_EXPONENT = 999
_MOST = Decimal(f"9.9999999999999999999e{_MAX_EXPONENT}")
"""The largest number of 20 digits that the wire takes."""


def number(digits: str) -> Number:
    """Return the exact value of a JSON number."""
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)


def plus(one: Number, other: Number) -> Number:
    """Return the exact sum."""
    if type(one) is int and type(other) is int:
        return one + other
    return _EXACT.add(Decimal(one), Decimal(other))


def minus(one: Number, other: Number) -> Number:
    """Return the exact difference."""
    if type(one) is int and type(other) is int:
        return one - other
    return _EXACT.subtract(Decimal(one), Decimal(other))


def text(value: Number) -> str:
    """Return a JSON number, exact if it fits into what the wire allows, else rounded to 20 digits.

    A number too large for an exponent of 3 digits becomes the largest that has one, one too small 0.
    """
    value = Decimal(value)
    if abs(value.adjusted()) < MAX_DECIMAL_LENGTH:
        plain = f"{value:f}"
        if len(plain) <= MAX_DECIMAL_LENGTH:
            return plain
    short = _SHORT.plus(value)
    if abs(short.adjusted()) <= _MAX_EXPONENT:
        return f"{short:e}"
    return f"{_MOST.copy_sign(short):e}" if short and short.adjusted() > 0 else "0"
