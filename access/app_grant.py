"""A grant that an app's callable has made: every field is checked here, as those of a token are. Pure."""

from collections.abc import Iterable
from typing import Any

from tickcast.access.claims import MAX_PATTERNS, MAX_SUBJECT, MOST, check_pattern
from tickcast.access.grant import Grant


class AppGrantError(ValueError):
    """An app has made no valid grant; the message says which field is wrong, and what is allowed."""


def checked_grant(made: object) -> Grant:
    """Return what an app has made, as a grant for streams. Raises AppGrantError.

    Lists are taken for tuples. No key has proved it, so it is good until it expires.
    """
    if not isinstance(made, Grant):
        raise AppGrantError(f"a tickcast.Grant or None is needed, not {type(made).__name__}")
    subject = made.subject
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise AppGrantError(f"subject: a text of 1 to {MAX_SUBJECT} printable characters is needed")
    symbols, publish = _patterns("symbols", made.symbols), _patterns("publish", made.publish)
    if len(symbols) + len(publish) > MAX_PATTERNS:
        raise AppGrantError(f"{len(symbols) + len(publish)} symbols and patterns; at most {MAX_PATTERNS} fit")
    if made.streams is not None:
        _check_number("streams", made.streams, int, MOST["streams"])
    if made.expires is not None:
        _check_number("expires", made.expires, (int, float), 1e11)
    _check_number("interval", made.interval, int, MOST["interval"])
    _check_number("delay", made.delay, (int, float), MOST["delay"])
    return made._replace(symbols=symbols, publish=publish, issued=None, key="", operator=False)


def _patterns(name: str, entries: object) -> tuple[str, ...]:
    # A text is an iterable of letters, each of which may be a symbol.
    if isinstance(entries, str) or not isinstance(entries, Iterable):
        raise AppGrantError(f'{name}: a list of texts is needed, such as ["AAPL", "B*"]')
    found = []
    for entry in entries:
        if not isinstance(entry, str):
            raise AppGrantError(f"{name}: each of it is a text, not {type(entry).__name__}")
        try:
            found.append(check_pattern(entry))
        except ValueError as error:
            raise AppGrantError(f"{name}: {error}") from None
    return tuple(dict.fromkeys(found))


def _check_number(name: str, value: Any, kinds: type | tuple[type, ...], most: float) -> None:
    # In Python, true is a number; NaN is in no range.
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if not fits or not 0 <= value <= most:
        raise AppGrantError(f"{name}: a number from 0 to {most:g} is needed")
