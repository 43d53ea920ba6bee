"""Counting what is refused, and naming the first of it: what others send must not fill the log."""

from collections import Counter
from typing import Literal

import structlog

_log = structlog.get_logger()


class Rejects:
    """Counts everything; logs the first of each message, for whoever sends rubbish sends a lot of it."""

    def __init__(self, level: Literal["warning", "error"] = "error", named: int = 1) -> None:
        """`named` of each message are logged."""
        self.count = 0
        """Refused so far, logged or not."""
        self._level = level
        self._named = named
        self._seen: Counter[str] = Counter()

    def add(self, message: str, **details: object) -> bool:
        """Count one. Log `message` with `details` if few had it before, and tell whether it was logged.

        Messages are kept: they must not be made of what was refused.
        """
        self.count += 1
        if self._seen[message] >= self._named:
            return False
        self._seen[message] += 1
        getattr(_log, self._level)(message, **details)
        return True
