"""From the claims of a token to a grant: every claim is checked here. Pure.

Our own stand under one name, so that they meet no others (RFC 7519, section 4.3):
`"tickcast": {"symbols": ["AAPL", "B*"], "interval": 250, "streams": 20, "delay": 15, "publish": ["AAPL"]}`.
"""

from collections.abc import Mapping
from typing import Any

from tickcast.access.grant import Grant
from tickcast.wire.symbol import SymbolError, parse_prefix, parse_symbol

NAME = "tickcast"
"""The claim under which ours stand."""

MAX_PATTERNS = 200
"""Entries of `symbols` and of `publish` together, at most."""

MAX_SUBJECT = 256
"""Characters of a subject, at most."""

MOST = {"interval": 3_600_000, "streams": 1_000_000, "delay": 1440.0}
"""Greatest values: ms, streams, minutes."""

MEMBERS = ("symbols", "interval", "streams", "delay", "publish", "operator")


class ClaimsError(ValueError):
    """The claims are no grant; the message says which one is wrong, and what is allowed."""


def grant_of(claims: Mapping[str, Any], key: str = "") -> Grant:
    """Return the grant in the claims of a proven token, by the digest of its `key`. Raises ClaimsError."""
    subject, expires, ours = claims.get("sub"), claims.get("exp"), claims.get(NAME)
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise ClaimsError(f"sub: a text of 1 to {MAX_SUBJECT} printable characters is needed")
    if not isinstance(ours, dict):
        raise ClaimsError(f'{NAME}: an object is needed, such as {{"symbols": ["AAPL", "B*"]}}')
    for name in ours:
        if name not in MEMBERS:
            raise ClaimsError(f"{NAME}: unknown member {name[:40]!r}; allowed are {', '.join(MEMBERS)}")
    if not {"symbols", "publish", "operator"} & ours.keys():
        raise ClaimsError(f"{NAME}: symbols, publish or operator is needed")
    if not isinstance(operator := ours.get("operator", False), bool):
        raise ClaimsError(f"{NAME}.operator: true or false is needed")
    symbols, publish = _patterns(ours, "symbols"), _patterns(ours, "publish")
    if len(symbols) + len(publish) > MAX_PATTERNS:
        raise ClaimsError(f"{NAME}: more than {MAX_PATTERNS} symbols and patterns")
    return Grant(
        subject,
        symbols,
        int(_number(ours, "interval", whole=True) or 0),
        None if "streams" not in ours else int(_number(ours, "streams", whole=True)),
        _number(ours, "delay", whole=False),
        publish,
        time_of(claims, "exp") if expires is not None else None,
        time_of(claims, "iat") if "iat" in claims else None,
        key,
        operator,
    )


def time_of(claims: Mapping[str, Any], name: str) -> float:
    """Return a time claim in seconds since the epoch (RFC 7519, section 2). Raises ClaimsError."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise ClaimsError(f"{name}: a number of seconds since 1970 is needed")
    return float(value)


def check_pattern(text: str) -> str:
    """Return a symbol, a prefix with `*`, or `*`. Raises SymbolError."""
    if text == "*":
        return text
    return f"{parse_prefix(text[:-1])}*" if text.endswith("*") else parse_symbol(text)


def _patterns(ours: Mapping[str, Any], name: str) -> tuple[str, ...]:
    entries = ours.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ClaimsError(f"{NAME}.{name}: an array of texts is needed")
    if len(entries) > MAX_PATTERNS:
        raise ClaimsError(f"{NAME}.{name}: {len(entries)} symbols; at most {MAX_PATTERNS} are allowed")
    try:
        return tuple(dict.fromkeys(map(check_pattern, entries)))
    except SymbolError as error:
        raise ClaimsError(f"{NAME}.{name}: {error}") from None


def _number(ours: Mapping[str, Any], name: str, *, whole: bool) -> float:
    value, most = ours.get(name, 0), MOST[name]
    kinds = int if whole else (int, float)
    # In Python, true is a number; NaN is in no range, and a whole number may be too large for a float.
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if not fits or not 0 <= value <= most:
        raise ClaimsError(f"{NAME}.{name}: a number from 0 to {most:g} is needed")
    return float(value)
