"""The final bars of a key as one gateway holds them, and how they go on. Pure."""

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple, Self

from tickcast.wire.bar import Bar

OVERHEAD = 130
"""Bytes that a bar takes beside its JSON."""


class Entry(NamedTuple):
    """A bar, and its JSON as it is answered."""

    bar: Bar
    json: bytes


class Series(NamedTuple):
    """The final bars of a key, as they are while the newest bar is that of `start`."""

    start: int
    bars: dict[int, bytes]
    """Start -> JSON, oldest first."""
    q: int
    """Sequence of the last tick in them; 0: there are none."""
    digest: bytes
    size: int

    @classmethod
    def of(cls, start: int, entries: Iterable[Entry]) -> Self:
        """Return the bars before `start`, of all that Redis keeps."""
        held = {entry.bar.start: entry for entry in entries if entry.bar.start < start}
        ordered = [held[at] for at in sorted(held)]
        bars = {bar.start: json for bar, json in ordered}
        return cls._made(start, bars, ordered[-1].bar.q if ordered else 0)

    def extended(self, newest: Bar, tail: list[Entry], kept: int) -> Self | None:
        """Return the series up to another newest bar, by the end of what Redis keeps; `kept` is how many.

        None if that does not prove that it has every bar from the last one here to `newest`: a feed
        that began anew, or a recording that is played again, has others.
        """
        final = [entry for entry in tail if self.start <= entry.bar.start < newest.start]
        at, q = self.start - 1, self.q
        for bar in [*(entry.bar for entry in final), newest]:
            if bar.start <= at or bar.q - bar.ticks != q:
                return None
            at, q = bar.start, bar.q
        bars = self.bars | {bar.start: json for bar, json in final}
        # What Redis has dropped is answered by no other gateway.
        dropped = len(bars) + sum(entry.bar.start >= newest.start for entry in tail) - kept
        bars = dict(islice(bars.items(), max(0, dropped), None))
        return self._made(newest.start, bars, newest.q - newest.ticks)

    @classmethod
    def _made(cls, start: int, bars: dict[int, bytes], q: int) -> Self:
        size = sum(map(len, bars.values())) + OVERHEAD * len(bars)
        digest = hashlib.blake2s(b"".join(bars.values()), digest_size=12).digest()
        return cls(start, bars, q, digest, size)
