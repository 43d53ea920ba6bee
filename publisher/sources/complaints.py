"""Complaints about lines that are no ticks: each is counted, and the first ones are told in full."""

import structlog
from prometheus_client import Counter

from tickcast.runtime.rejects import Rejects

FULL = 10
"""Lines told one by one; after that, only each time their number is ten times larger."""

MALFORMED = Counter(
    "tickcast_publisher_malformed_lines_total",
    "Lines of a source that were no ticks, and were skipped",
    ["source"],
)


class Complaints:
    """Counts and reports the malformed lines of one input."""

    def __init__(self, source: str, name: str) -> None:
        """`source` is the source's name, `name` that of its input."""
        self._rejects = Rejects("warning", FULL)
        self._name = name
        self._counter = MALFORMED.labels(source)
        self._log = structlog.get_logger(f"publisher.sources.{source}")
        self._next = FULL * 10
        self._damaged = False

    @property
    def count(self) -> int:
        """Lines skipped so far."""
        return self._rejects.count

    def add(self, line: int, reason: str) -> None:
        """Count a line that is skipped, and report it, unless there were many."""
        self._counter.inc()
        named = self._rejects.add("malformed line skipped", file=self._name, line=line, reason=reason)
        if not named and self.count == self._next:
            self._next *= 10
            self._log.warning("many malformed lines skipped", file=self._name, lines=self.count, newest=line)

    def add_damage(self, reason: str) -> None:
        """Report that the input breaks off, once."""
        if not self._damaged:
            self._damaged = True
            self._log.warning("input is damaged", file=self._name, reason=reason)

    def finish(self) -> None:
        """Report how many there were, if some were not told one by one."""
        if self.count > FULL:
            self._log.warning("malformed lines skipped", file=self._name, lines=self.count)
