"""Counting rejected input, and logging only the first: input of others must not fill the log."""

from collections import Counter
from typing import Literal

import structlog

_log = structlog.get_logger()


class Rejects:
    """Counts all rejects; logs the first of each message, because bad input rarely comes once."""

    def __init__(self, level: Literal["warning", "error"] = "error", named: int = 1) -> None:
        """Log the first `named` rejects of each message at `level`."""
        self.count = 0
        """Rejects so far, logged or not."""
        self._level = level
        self._named = named
        self._seen: Counter[str] = Counter()

    def add(self, message: str, **details: object) -> bool:
        """Count a reject; log `message` with `details` if it is among the first. Tell whether it was logged.

        Messages are kept in memory: a message must be a constant, and not contain the rejected input.
        """
        self.count += 1
        if self._seen[message] >= self._named:
            return False
        self._seen[message] += 1
        getattr(_log, self._level)(message, **details)
        return True
