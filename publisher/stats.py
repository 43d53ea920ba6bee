"""The publisher's counters: plain numbers, changed at most once a batch, read when metrics are scraped."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tickcast.publisher.inbox.step import Counts

BATCH_TICKS = (1, 3, 10, 30, 100, 300, 1000, 4096)
NAMED = 100
"""Producers that have metrics of their own, at most."""

ALL = "(all)"
"""The name by which the metrics tell what waits of all producers together."""

OTHERS = "(others)"
"""The name by which the metrics count all other producers."""

PUBLISH_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0)


class Histogram:
    """Counts of values by upper bound, for Prometheus."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.sum = 0.0
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Count a value."""
        self.sum += value
        self._counts[bisect_left(self._bounds, value)] += 1

    def buckets(self) -> Iterable[tuple[str, float]]:
        """Yield pairs of upper bound and number of values up to it."""
        total = 0
        for bound, count in zip([*map(str, self._bounds), "+Inf"], self._counts, strict=True):
            total += count
            yield bound, total


class ProducerCounts:
    """What was made of the lines of each producer; from the NAMED-th on they are counted as one."""

    def __init__(self) -> None:
        self.held: dict[str, Counts] = {}
        self.waiting: dict[int, dict[str, int]] = {}
        """Partition -> producer -> bytes in its inbox; the sum of all producers is that of ALL."""

    def add(self, counts: Mapping[str, Counts]) -> None:
        """Add what was made of lines since."""
        for producer, found in counts.items():
            name = producer if producer in self.held or len(self.held) < NAMED else OTHERS
            self.held.setdefault(name, Counts()).add(found)

    def bytes_waiting(self) -> dict[str, int]:
        """Return the bytes that wait in the inboxes, by producer."""
        found: dict[str, int] = {}
        for waiting in self.waiting.values():
            for producer, size in waiting.items():
                found[producer] = found.get(producer, 0) + size
        return found


class Memory(NamedTuple):
    """Memory of a server of Redis."""

    used: int
    """Bytes that it uses."""
    limit: int
    """Its `maxmemory`, in bytes; 0: it has none."""

    @property
    def share(self) -> float:
        """How much of its limit it uses; a server without one is never full."""
        return self.used / self.limit if self.limit else 0.0


class Stats:
    """Counters of one publisher process, over all its terms."""

    def __init__(self) -> None:
        self.source = ""
        """Name of the source."""
        self.memory: Memory | None = None
        """Memory of the fullest server of Redis; None if it is not known."""
        self.partitions = 0
        """Partitions of the feed."""
        self.led = 0
        """Partitions that this publisher leads now."""
        self.terms = 0
        """Times that this publisher began to lead."""
        self.depositions = 0
        """Times that another publisher took the lead from this one."""
        self.delay_gaps = 0
        """Times that a delayer missed ticks of its feed, of one partition."""
        self.ticks = 0
        self.bars = 0
        self.batches = 0
        self.heartbeats = 0
        self.lost_epochs = 0
        self.restored = 0
        """Times that a key in Redis lacked something: values were written back, or the log was gone."""
        self.displaced = 0
        """Keys of a wrong type in Redis that were moved aside."""
        self.mended = 0
        """Values and fencing tokens of other programs that were removed or replaced."""
        self.full = 0
        """Times that Redis refused a write because it was full."""
        self.hand_in_answers: Counter[int] = Counter()
        """Answers to requests that hand in over HTTP, by status."""
        self.bad_ticks = 0
        """Invalid ticks of the source, which were skipped."""
        self.refused_ticks = 0
        """Ticks of symbols beyond the limit."""
        self.dropped_ticks = 0
        """Ticks that were not written when leadership ended."""
        self.retired = 0
        """Symbols retired."""
        self.symbols = 0
        """Symbols that have a tick, while this publisher leads."""
        self.pending = 0
        """Ticks that are not written yet."""
        self.newest_time = 0
        """Source time of the newest tick, µs since 1970; 0: no tick yet."""
        self.producers = ProducerCounts()
        """What was taken from the inbox."""
        self.batch_ticks = Histogram(BATCH_TICKS)
        self.publish_seconds = Histogram(PUBLISH_SECONDS)

    @property
    def leader(self) -> bool:
        """Whether this publisher leads any partition."""
        return self.led > 0

    def record_batch(self, ticks: int, bars: int, seconds: float) -> None:
        """Count a batch that Redis accepted after `seconds`."""
        self.ticks += ticks
        self.bars += bars
        self.batches += 1
        self.batch_ticks.observe(ticks)
        self.publish_seconds.observe(seconds)
