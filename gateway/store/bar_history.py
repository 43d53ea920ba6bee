"""The history of bars: what Redis keeps of those that are final, and the newest from memory."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import NamedTuple, Self

from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.rejects import Rejects
from tickcast.wire.bar import (
    INTERVALS,
    Bar,
    BarError,
    bar_key,
    decode_bar,
    interval_of,
    symbol_of,
)
from tickcast.wire.bounds import MAX_HISTORY
from tickcast.wire.symbol import partition_of

MAX_CACHE = 64 * 1024 * 1024
"""Bytes of bars that are kept for the next who asks: a day of about 180 symbols."""

MAX_READERS = 8
"""Readings of Redis at once: when all charts come back, the feed must not wait for them."""

CHECKED_AT_ONCE = 64
"""Bars that are checked in one go, half a ms; then ticks get their turn."""

AHEAD = 4
"""Bars that Redis may have beyond what has been heard, when only its newest are read."""

BAR_OVERHEAD = 130
"""Bytes that a bar takes beside its JSON."""

TRIES = 5

ReadBars = Callable[[int, bytes, int], Awaitable[tuple[list[bytes], int]]]
"""Reads from a partition the newest final bars of a key, as JSON, at most so many; and how many there are."""


class MovingError(Exception):
    """Whenever the history was read, the newest bar had moved on meanwhile."""


class TaggedBars(NamedTuple):
    """Bars as JSON, oldest first, and what tells them from others."""

    bars: list[bytes]
    etag: str


class JsonBar(NamedTuple):
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
    def of(cls, start: int, entries: Iterable[JsonBar]) -> Self:
        """Return the bars before `start`, of all that Redis keeps."""
        held = {entry.bar.start: entry for entry in entries if entry.bar.start < start}
        ordered = [held[at] for at in sorted(held)]
        bars = {bar.start: json for bar, json in ordered}
        return cls._build(start, bars, ordered[-1].bar.q if ordered else 0)

    def extended(self, newest: Bar, tail: list[JsonBar], kept: int) -> Self | None:
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
        return self._build(newest.start, bars, newest.q - newest.ticks)

    @classmethod
    def _build(cls, start: int, bars: dict[int, bytes], q: int) -> Self:
        size = sum(map(len, bars.values())) + BAR_OVERHEAD * len(bars)
        digest = hashlib.blake2s(b"".join(bars.values()), digest_size=12).digest()
        return cls(start, bars, q, digest, size)


class BarHistory:
    """Reads a key's final bars once for all who ask; after that, only those that have become final since."""

    def __init__(self, read: ReadBars, newest: LastValues, partitions: int) -> None:
        """Take `read` to ask Redis with, and the `newest` bar of each key."""
        self.reads = 0
        """Times that Redis was asked."""
        self._read_bars = read
        self._newest = newest
        self._partitions = partitions
        self._kept: OrderedDict[bytes, Series] = OrderedDict()
        self._size = 0
        self._reading: dict[bytes, asyncio.Task[Series]] = {}
        self._readers = asyncio.Semaphore(MAX_READERS)
        self._rejects = Rejects()

    @property
    def poisoned(self) -> int:
        """Entries that were no bars of their key."""
        return self._rejects.count

    async def bars(self, symbol: bytes, interval: str, limit: int) -> TaggedBars:
        """Return up to `limit` bars; the last is the newest that streams have been sent.

        Raises LinkError, MovingError.
        """
        key = bar_key(symbol, interval)
        for _ in range(TRIES):
            newest = self._newest_of(key)
            if newest is None:
                return TaggedBars([], _etag(b"", b"", limit))
            bar, json = newest
            series = self._kept.get(key)
            if series is not None and series.start == bar.start:
                self._kept.move_to_end(key)
                return TaggedBars([*series.bars.values(), json][-limit:], _etag(series.digest, json, limit))
            # Shielded: who gives up waiting does not stop it for the others.
            await asyncio.shield(self._read_once(key))
        raise MovingError(f"the bars of {key.decode()} move on faster than they can be read")

    def _newest_of(self, key: bytes) -> JsonBar | None:
        held = self._newest.since(-1, (key,))
        bar = self._checked(key, held[0]) if held else None
        return None if bar is None else JsonBar(bar, held[0])

    def _read_once(self, key: bytes) -> asyncio.Task[Series]:
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda done: self._read_done(key, done))
        return task

    def _read_done(self, key: bytes, task: asyncio.Task[Series]) -> None:
        del self._reading[key]
        # Looked at here too, in case that nobody waits any more.
        if not task.cancelled() and task.exception() is None:
            self._keep(key, task.result())

    async def _read(self, key: bytes) -> Series:
        async with self._readers:
            # First, because what is final before the newest bar that is known is in Redis already.
            newest = self._newest_of(key)
            before = self._kept.get(key)
            if before is not None and newest is not None:
                passed = (newest.bar.start - before.start) // INTERVALS[interval_of(key)] + AHEAD
                if AHEAD < passed < MAX_HISTORY:
                    tail, kept = await self._final(key, passed)
                    if series := before.extended(newest.bar, tail, kept):
                        return series
            entries, _ = await self._final(key, MAX_HISTORY)
        # Redis may be ahead of what this gateway has heard: that comes as events.
        return Series.of(newest.bar.start if newest else 0, entries)

    async def _final(self, key: bytes, most: int) -> tuple[list[JsonBar], int]:
        """Return the newest final bars that Redis keeps, and how many it keeps in all."""
        self.reads += 1
        values, kept = await self._read_bars(partition_of(symbol_of(key), self._partitions), key, most)
        entries = []
        for at, json in enumerate(values, 1):
            if at % CHECKED_AT_ONCE == 0:
                await asyncio.sleep(0)
            if bar := self._checked(key, json):
                entries.append(JsonBar(bar, json))
        return entries, kept

    def _checked(self, key: bytes, json: bytes) -> Bar | None:
        try:
            bar = decode_bar(json)
            if bar_key(bar.symbol.encode("ascii"), bar.interval) != key:
                raise BarError("another key's")
        except BarError as error:
            self._rejects.add("poisoned bar skipped", key=key.decode(), error=str(error))
            return None
        return bar

    def _keep(self, key: bytes, series: Series) -> None:
        before = self._kept.pop(key, None)
        self._size += series.size - (before.size if before else 0)
        self._kept[key] = series
        while self._size > MAX_CACHE and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1].size


def _etag(digest: bytes, newest: bytes, limit: int) -> str:
    # The same on every gateway: it is made from nothing but what is answered.
    return weak_etag(b"%b%b%d" % (digest, newest, limit))
