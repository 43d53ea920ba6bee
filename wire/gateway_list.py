"""What gateways write for each other, and its bounds: their list, and what is used of each.

Whoever has a gateway's password can write there. What is beyond a bound is removed, in the feed's Redis by
the publisher, and in a Redis of their own by the gateways. Those that live write it again.

What is used stands in hashes that all gateways share, each with fields of its own. In `uses:0` to `uses:f`
they count streams of a subject that has a limit: PART DIGEST -> streams, in the hash of the digest's first
sign. A field PART alone says that the hash has all that this gateway counts. In `uses:work`, PART -> work.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import NamedTuple

from tickcast.wire.names import FeedNames

MAX_GATEWAYS = 2000
"""Entries of the list, at most, those of gateways that have ended counted."""

MAX_LIST = 4 * 1024 * 1024
"""Bytes of Redis's memory that the list takes, at most."""

MAX_SUMMARY = 1024
"""Bytes of an entry of the list."""

BUCKETS = "0123456789abcdef"
"""The hashes of counts are called so; each is the first sign of the digests in it."""

WORK = "work"
"""The hash of work is called so."""


class Bound(NamedTuple):
    """The bound of a hash in which gateways write."""

    entries: int
    """Fields, at most, those of gateways that have ended counted."""
    size: int
    """Bytes of Redis's memory that it takes, at most."""


LIST_BOUND = Bound(MAX_GATEWAYS, MAX_LIST)
"""Of the list, which has a field for each gateway."""

MAX_COUNTS = Bound(12_000, 2 * 1024 * 1024)
"""Of each hash of counts: 190,000 in all, each a subject with a limit that has streams at a gateway."""

MAX_WORK = Bound(MAX_GATEWAYS, 4 * 1024 * 1024)
"""Of the hash of work."""


def use_bounds(names: FeedNames) -> dict[str, Bound]:
    """Return the keys of what is used of gateways, and their bounds."""
    return {names.uses(bucket): MAX_COUNTS for bucket in BUCKETS} | {names.uses(WORK): MAX_WORK}


class Looks:
    """Which keys to look at next: their list each time, and the others in turn."""

    def __init__(self, names: FeedNames) -> None:
        self.all = {names.gateways(): LIST_BOUND} | use_bounds(names)
        """All keys, and their bounds."""
        self._list = names.gateways()
        self._turns: Iterator[str] = cycle(use_bounds(names))

    def next(self) -> dict[str, Bound]:
        """Return keys and their bounds."""
        return {key: self.all[key] for key in (self._list, next(self._turns))}
