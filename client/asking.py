"""What a program asks a stream for, checked at the call. Pure; the gateway has the last word."""

from collections.abc import Iterable

from tickcast.wire.bar import INTERVALS
from tickcast.wire.bounds import MAX_SELECTION
from tickcast.wire.fields import FieldError
from tickcast.wire.symbol import SymbolError, parse_prefix, parse_symbol

MAX_INTERVAL = 3_600_000
"""ms: an hour."""


def symbols_of(symbols: str | Iterable[str]) -> list[str]:
    """Return the entries of a list, each once; a text is a list with commas. Raises FieldError."""
    listed = symbols.split(",") if isinstance(symbols, str) else [*symbols]
    entries = [*dict.fromkeys(map(_entry, listed))]
    if not 1 <= len(entries) <= MAX_SELECTION:
        raise FieldError(f"symbols: {len(entries)} of them; a stream has 1 to {MAX_SELECTION}, or * for all")
    return entries


def _entry(text: object) -> str:
    if not isinstance(text, str):
        raise FieldError(f"symbols: {text!r:.60} is not a str")
    text = text.strip()
    try:
        if text.endswith("*"):
            return text if text == "*" else parse_prefix(text[:-1]) + "*"
        return parse_symbol(text)
    except SymbolError as error:
        raise FieldError(f"symbols: {error}") from None


def params_of(interval: int, bars: str | Iterable[str]) -> dict[str, str]:
    """Return the parameters of the query, without the symbols. Raises FieldError."""
    if not isinstance(interval, int) or not 0 <= interval <= MAX_INTERVAL:
        raise FieldError(f"interval: {interval!r:.60} is not an int from 0 to {MAX_INTERVAL}, in ms")
    # Arrays cost less to read than an event for each tick, and the page's frames are shared.
    params = {"interval": str(interval), "format": "array"}
    intervals = bars.split(",") if isinstance(bars, str) and bars else [*bars]
    for each in intervals:
        if each not in INTERVALS:
            raise FieldError(f"bars: {each!r:.60} is not one of {', '.join(INTERVALS)}")
    return params | ({"bars": ",".join(dict.fromkeys(intervals))} if intervals else {})
