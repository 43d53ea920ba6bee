"""A histogram of ages in bounded memory; its buckets are within 1.6 % of the value."""

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
    """Counts of values in µs. A negative value, from a clock that was set back, counts as zero."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def add(self, value: int, times: int = 1) -> None:
        """Count a value."""
        self.counts[bucket(max(0, value))] += times

    def merge(self, other: "Histogram") -> None:
        """Add all values of another histogram."""
        self.counts.update(other.counts)

    @property
    def total(self) -> int:
        """The number of values."""
        return self.counts.total()

    def percentile(self, percent: float) -> float:
        """Return a percentile in µs: `percent` of all values do not exceed it; 0 without values."""
        left = self.total * percent / 100
        place = 0
        for place in sorted(self.counts):
            left -= self.counts[place]
            if left <= 0:
                break
        return float(lowest(place))
