"""The publisher's counters: plain numbers, changed at most once a batch, read when metrics are scraped."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

BATCH_TICKS = (1, 3, 10, 30, 100, 300, 1000, 4096)
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


class Stats:
    """Counters of one publisher process, over all its terms."""

    def __init__(self) -> None:
        self.leader = False
        self.ticks = 0
        self.bars = 0
        self.batches = 0
        self.heartbeats = 0
        self.lost_epochs = 0
        self.bad_ticks = 0
        """Invalid ticks of the source, which were skipped."""
        self.refused_ticks = 0
        """Ticks of symbols beyond the limit."""
        self.dropped_ticks = 0
        """Ticks that were not written when leadership ended."""
        self.pending = 0
        """Ticks that are not written yet."""
        self.newest_time = 0
        """Source time of the newest tick, µs since 1970; 0: no tick yet."""
        self.batch_ticks = Histogram(BATCH_TICKS)
        self.publish_seconds = Histogram(PUBLISH_SECONDS)

    def record_batch(self, ticks: int, bars: int, seconds: float) -> None:
        """Count a batch that Redis accepted after `seconds`."""
        self.ticks += ticks
        self.bars += bars
        self.batches += 1
        self.batch_ticks.observe(ticks)
        self.publish_seconds.observe(seconds)
