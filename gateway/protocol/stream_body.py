"""What a stream asks for in a body: `QUERY` and `POST /v1/stream`, for lists too long for a URL. Pure.

Its members are the parameters of the query, with the types of JSON; a list is an array.
"""

from collections.abc import Mapping

import orjson

from tickcast.runtime.problem import Problem

MAX_BODY = 64 * 1024
"""Bytes of such a body, at most."""

MEDIA_TYPE = "application/json"
ACCEPTED = {"accept-query": MEDIA_TYPE}
"""The field that says so (RFC 10008, section 3)."""

Parameters = Mapping[str, "str | tuple[str, ...]"]
"""A value as text; a list of an array as its entries."""

_ARRAYS = ("symbols", "bars", "bars_of")
_NUMBERS = ("interval", "heartbeat", "padding")
_EXAMPLE = '{"symbols":["AAPL","B*"],"interval":250}'


def check_type(content_type: str, encoding: str) -> None:
    """Be sure that a body is JSON as it is, before it is read. Raises Problem (415)."""
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        has = f"is {content_type[:60]}" if content_type else "has no Content-Type"
        raise Problem(415, f"the body {has}; it has to be {MEDIA_TYPE}", ACCEPTED)
    if encoding.strip().lower() not in ("", "identity"):
        raise Problem(415, f"the body is compressed, with {encoding[:40]!r}; send it as it is", ACCEPTED)


def parse_body(body: bytes, allowed: tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    """Return the parameters in a body, of which only the `allowed` may occur. Raises Problem.

    A member that is null counts as missing.
    """
    try:
        document = orjson.loads(body)
    except ValueError as error:
        why = "nested too deeply" if "depth limit" in str(error) else str(error)[:100]
        raise Problem(400, f"the body is no JSON: {why}") from None
    if not isinstance(document, dict):
        raise Problem(400, f"the body is a JSON object, such as {_EXAMPLE}")
    for name in document:
        if name not in allowed:
            raise Problem(400, f"unknown member {name[:40]!r}; allowed are {', '.join(allowed)}")
    found = {name: _value(name, value) for name, value in document.items() if value is not None}
    if found.get("bars") == ():
        # No bars, whoever's.
        del found["bars"]
        found.pop("bars_of", None)
    return found


def joined(query: Mapping[str, str], body: Parameters) -> dict[str, str | tuple[str, ...]]:
    """Return the parameters of a query and of a body, none of which may be in both. Raises Problem."""
    if twice := query.keys() & body.keys():
        raise Problem(400, f"{', '.join(sorted(twice))}: given in the query and in the body; once is allowed")
    return {**query, **body}


def _value(name: str, value: object) -> str | tuple[str, ...]:
    if name in _ARRAYS:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Problem(400, f"{name}: it is an array of strings")
        return tuple(value)
    if name in _NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Problem(400, f"{name}: it is a whole number, in ms, or in bytes for padding")
        return str(value)
    if name == "snapshot":
        if not isinstance(value, bool):
            raise Problem(400, f"{name}: it is true or false")
        return "true" if value else "false"
    if not isinstance(value, str):
        raise Problem(400, f"{name}: it is a string")
    return value
