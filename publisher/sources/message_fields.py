"""Fields of the messages of exchanges, whose numbers are text (`wire.exact_json.load_digits`). Pure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tickcast.wire.tick import TickError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(message: dict[str, Any], name: str) -> str:
    """Return a field that is a text or was a number. Raises TickError."""
    value = message.get(name)
    if not isinstance(value, str):
        raise TickError(f"{name}: missing, or neither a text nor a number")
    return value


def optional(message: dict[str, Any], name: str) -> str | None:
    """Return such a field; None if it is missing or null. Raises TickError."""
    return None if message.get(name) is None else text(message, name)


def whole(message: dict[str, Any], name: str) -> int:
    """Return a field that is a whole number from 0 on. Raises TickError."""
    value = text(message, name)
    if not (value.isascii() and value.isdigit() and len(value) <= 19):
        raise TickError(f"{name}: {value[:40]!r} is not a whole number")
    return int(value)


def rfc3339(value: str) -> int:
    """Return the µs since 1970 of a time as in RFC 3339. Raises TickError."""
    try:
        return (datetime.fromisoformat(value) - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, TypeError):
        raise TickError(f"time: {value[:40]!r} is not a time like 2021-04-17T16:43:30.244075Z") from None
