"""Ages of ticks, counted in buckets within 1.6 % of the value: exact enough, and it never grows."""

from collections import Counter

_BITS = 6


def bucket(value: int) -> int:
    """Return the bucket of a value of 0 or more: exact up to 128, then 64 for each doubling."""
    shift = max(0, value.bit_length() - _BITS - 1)
    return (shift << _BITS) + (value >> shift)


def lowest(place: int) -> int:
    """Return the smallest value in a bucket."""
    shift = max(0, (place >> _BITS) - 1)
    return (place - (shift << _BITS)) << shift


class Histogram:
    """Counts of values in µs. Those below zero, of a clock set back, count as zero."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def add(self, value: int, times: int = 1) -> None:
        """Count a value."""
        self.counts[bucket(max(0, value))] += times

    def merge(self, other: "Histogram") -> None:
        """Take in all values of another."""
        self.counts.update(other.counts)

    @property
    def total(self) -> int:
        """How many values there are."""
        return self.counts.total()

    def percentile(self, percent: float) -> float:
        """Return the value that `percent` of all do not exceed, in µs; 0 if there are none."""
        left = self.total * percent / 100
        place = 0
        for place in sorted(self.counts):
            left -= self.counts[place]
            if left <= 0:
                break
        return float(lowest(place))
