"""What the environment sets for a client, by the names of every other program's settings.

The base install has no pydantic; these are the variables of `runtime.settings` that matter here.
"""

import os
from pathlib import Path

from tickcast.runtime.redis.security import LinkSecurity
from tickcast.wire.bounds import INBOX_BYTES, MAX_REPLICAS
from tickcast.wire.fields import FieldError

DEFAULT_URL = "redis://127.0.0.1:6379/0"


def redis_url() -> str:
    """Return the address of Redis: TICKCAST_REDIS_URL, REDIS_URL, or Redis on this machine."""
    return os.environ.get("TICKCAST_REDIS_URL") or os.environ.get("REDIS_URL") or DEFAULT_URL


def redis_password_file() -> Path | None:
    """Return the file with the password for Redis (TICKCAST_REDIS_PASSWORD_FILE), if one is set."""
    return _file("TICKCAST_REDIS_PASSWORD_FILE")


def link_security() -> LinkSecurity:
    """Return what proves the servers of Redis, and what Sentinels are told (TICKCAST_REDIS_CA_FILE, ...)."""
    return LinkSecurity(
        _file("TICKCAST_REDIS_CA_FILE"),
        _file("TICKCAST_REDIS_CERT_FILE"),
        _file("TICKCAST_REDIS_KEY_FILE"),
        os.environ.get("TICKCAST_SENTINEL_USER") or None,
        _file("TICKCAST_SENTINEL_PASSWORD_FILE"),
    )


def _file(variable: str) -> Path | None:
    name = os.environ.get(variable)
    return Path(name) if name else None


def inbox_bytes() -> int:
    """Return how many bytes an inbox may hold (TICKCAST_INBOX_BYTES). Raises FieldError."""
    return _number("TICKCAST_INBOX_BYTES", INBOX_BYTES, range(1, 10**15), "a number of bytes above 0")


def inbox_replicas() -> int:
    """Return how many replicas of Redis must have an entry (TICKCAST_INBOX_REPLICAS). Raises FieldError."""
    return _number(
        "TICKCAST_INBOX_REPLICAS", 0, range(MAX_REPLICAS + 1), f"a number from 0 to {MAX_REPLICAS}"
    )


def _number(name: str, default: int, allowed: range, what: str) -> int:
    text = os.environ.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= 15 and int(text) in allowed:
        return int(text)
    raise FieldError(f"{name}: {text[:40]!r} is not {what}")
