"""Fields of a JSON object from outside. Its numbers stay decimal text, so that digits survive."""

from typing import Any

from tickcast.wire.decimals import is_decimal
from tickcast.wire.exact_json import load_digits

MAX_WHOLE = 2**53 - 1
"""The largest whole number: beyond it those of JavaScript are not exact."""


class FieldError(ValueError):
    """No JSON object, or a field of it will not do; the message names it and what is allowed."""


def read_fields(text: bytes | str) -> dict[str, Any]:
    """Return the fields of a JSON object, numbers as texts. Raises FieldError."""
    try:
        fields = load_digits(text)
    except ValueError as error:
        raise FieldError(f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise FieldError("a JSON object is needed")
    return fields


def whole(fields: dict[str, Any], name: str) -> int:
    """Return a field that is a whole number, 0 to MAX_WHOLE. Raises FieldError."""
    value = fields.get(name)
    # Bounded before it is converted: Python refuses very long numbers with an error of another kind.
    if isinstance(value, str) and len(value) <= 16 and value.isascii() and value.isdigit():
        number = int(value)
        if number <= MAX_WHOLE:
            return number
    raise FieldError(f"{name}: {str(value)[:40]!r} is not a whole number, 0 to {MAX_WHOLE}")


def decimal(fields: dict[str, Any], name: str) -> str:
    """Return a field that is a number, as `wire.decimals` has it. Raises FieldError."""
    value = fields.get(name)
    if not isinstance(value, str) or not is_decimal(value):
        raise FieldError(f"{name}: {str(value)[:40]!r} is not a JSON number of at most 32 characters")
    return value
