"""What the environment sets for a client, by the names of every other program's settings.

The base install has no pydantic; these are the variables of `runtime.settings` that matter here.
"""

import os
from pathlib import Path

from tickcast.wire.bounds import INBOX_BYTES
from tickcast.wire.fields import FieldError

DEFAULT_URL = "redis://127.0.0.1:6379/0"


def redis_url() -> str:
    """Return the address of Redis: TICKCAST_REDIS_URL, REDIS_URL, or Redis on this machine."""
    return os.environ.get("TICKCAST_REDIS_URL") or os.environ.get("REDIS_URL") or DEFAULT_URL


def redis_password_file() -> Path | None:
    """Return the file with the password for Redis (TICKCAST_REDIS_PASSWORD_FILE), if one is set."""
    name = os.environ.get("TICKCAST_REDIS_PASSWORD_FILE")
    return Path(name) if name else None


def inbox_bytes() -> int:
    """Return how many bytes an inbox may hold (TICKCAST_INBOX_BYTES). Raises FieldError."""
    text = os.environ.get("TICKCAST_INBOX_BYTES", str(INBOX_BYTES))
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) > 0):
        raise FieldError(f"TICKCAST_INBOX_BYTES: {text[:40]!r} is not a number of bytes above 0")
    return int(text)
