"""Checked fields of a JSON object from outside. Numbers stay decimal text, so that every digit survives."""

from collections.abc import Mapping
from typing import Any

from tickcast.wire.decimals import is_decimal
from tickcast.wire.exact_json import load_digits

MAX_WHOLE = 2**53 - 1
"""The largest whole number: JavaScript holds larger ones inexactly."""


class FieldError(ValueError):
    """The text is not a JSON object, or a field is not valid. The message names the field."""


def read_fields(text: bytes | str) -> dict[str, Any]:
    """Return the fields of a JSON object, numbers as text. Raises FieldError."""
    try:
        fields = load_digits(text)
    except ValueError as error:
        raise FieldError(f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise FieldError("a JSON object is needed")
    return fields


def whole(fields: dict[str, Any], name: str) -> int:
    """Return the whole number in a field, 0 to MAX_WHOLE. Raises FieldError."""
    value = fields.get(name)
    # Check the length first: int() refuses very long numbers with an error that does not name the field.
    if isinstance(value, str) and len(value) <= 16 and value.isascii() and value.isdigit():
        number = int(value)
        if number <= MAX_WHOLE:
            return number
    raise FieldError(f"{name}: {str(value)[:40]!r} is not a whole number, 0 to {MAX_WHOLE}")


def decimal(fields: Mapping[str, Any], name: str) -> str:
    """Return the decimal text (`wire.decimals`) in a field. Raises FieldError."""
    value = fields.get(name)
    if not isinstance(value, str) or not is_decimal(value):
        raise FieldError(f"{name}: {str(value)[:40]!r} is not a JSON number of at most 32 characters")
    return value
