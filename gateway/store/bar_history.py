"""The history of bars: the final bars from Redis, cached here, and the newest bar from memory."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import NamedTuple, Self

from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.metered import metered
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
"""Bytes of bars that are cached for the next request: a day of about 180 symbols."""

MAX_READERS = 8
"""Reads of Redis at the same time: when all charts come back at once, the feed must not wait for them."""

CHECKED_AT_ONCE = 64
"""Bars that are checked without a pause, half a ms; then the event loop runs other work."""

AHEAD = 4
"""Extra bars to read when only the newest are read: Redis may be ahead of this gateway."""

BAR_OVERHEAD = 130
"""Bytes that a cached bar takes beside its JSON."""

TRIES = 5
"""Reads for one request; each is repeated only if the newest bar moved on meanwhile."""

ReadBars = Callable[[int, bytes, int], Awaitable[tuple[list[bytes], int]]]
"""Takes a partition, a bar key and a limit.

Returns the newest final bars of the key that Redis keeps, as JSON, and how many it keeps in all.
"""


class MovingError(Exception):
    """The newest bar moved on during each of TRIES reads."""


class JsonBar(NamedTuple):
    """A bar, and its JSON as clients get it."""

    bar: Bar
    json: bytes


class Series(NamedTuple):
    """The final bars of a key, complete while its newest bar is the bar that starts at `start`."""

    start: int
    """Start of the newest bar, which is not in here, in µs since the epoch."""
    bars: dict[int, bytes]
    """Start -> JSON, oldest first."""
    q: int
    """Sequence of the last tick in the bars; 0: there are no bars."""
    digest: bytes
    """Stands for the content of the bars in an entity tag."""
    size: int
    """Bytes of memory, about."""

    @classmethod
    def of(cls, start: int, entries: Iterable[JsonBar]) -> Self:
        """Return the series of the bars before `start`; `entries` are all bars that Redis keeps."""
        held = {entry.bar.start: entry for entry in entries if entry.bar.start < start}
        ordered = [held[at] for at in sorted(held)]
        bars = {bar.start: json for bar, json in ordered}
        return cls._build(start, bars, ordered[-1].bar.q if ordered else 0)

    def extended(self, newest: Bar, tail: list[JsonBar], kept: int) -> Self | None:
        """Return the series up to the bar `newest`; `tail` has the last of the `kept` bars in Redis.

        None if `tail` does not prove that the result has every bar between the last bar here and
        `newest`: after a restart of the feed, or of a recording, the bars are others.
        """
        final = [entry for entry in tail if self.start <= entry.bar.start < newest.start]
        at, q = self.start - 1, self.q
        for bar in [*(entry.bar for entry in final), newest]:
            if bar.start <= at or bar.q - bar.ticks != q:
                return None
            at, q = bar.start, bar.q
        bars = self.bars | {bar.start: json for bar, json in final}
        # No gateway may answer with bars that Redis has dropped: another gateway could not.
        dropped = len(bars) + sum(entry.bar.start >= newest.start for entry in tail) - kept
        bars = dict(islice(bars.items(), max(0, dropped), None))
        return self._build(newest.start, bars, newest.q - newest.ticks)

    @classmethod
    def _build(cls, start: int, bars: dict[int, bytes], q: int) -> Self:
        size = sum(map(len, bars.values())) + BAR_OVERHEAD * len(bars)
        digest = hashlib.blake2s(b"".join(bars.values()), digest_size=12).digest()
        return cls(start, bars, q, digest, size)


class BarHistory:
    """Reads a key's final bars once for all requests; after that, only bars that became final since."""

    def __init__(self, read: ReadBars, newest: LastValues, partitions: int) -> None:
        """`read` reads from Redis; `newest` has the newest bar of each key."""
        self.reads = 0
        """Reads of Redis so far."""
        self._read_bars = read
        self._newest = newest
        self._partitions = partitions
        self._kept: OrderedDict[bytes, Series] = OrderedDict()
        self._size = 0
        self._reading: dict[bytes, asyncio.Task[Series]] = {}
        self._outdated: set[bytes] = set()
        """Keys that are being read and whose symbol has left meanwhile."""
        self._readers = asyncio.Semaphore(MAX_READERS)
        self._rejects = Rejects()

    @property
    def poisoned(self) -> int:
        """Entries in Redis that were not valid bars of their key."""
        return self._rejects.count

    async def held(self, key: bytes) -> tuple[Series, JsonBar] | None:
        """Return a key's final bars, and its newest bar, which streams have been sent; None if it has none.

        Raises LinkError if Redis does not answer, MovingError if the bars change faster than they are read.
        """
        for _ in range(TRIES):
            newest = self.newest_of(key)
            if newest is None:
                return None
            series = self._kept.get(key)
            if series is not None and series.start == newest.bar.start:
                self._kept.move_to_end(key)
                return series, newest
            # Shielded: a request that is cancelled must not stop the read for the others.
            await asyncio.shield(self._read_once(key))
        raise MovingError(f"the bars of {key.decode()} move on faster than they can be read")

    def newest_of(self, key: bytes) -> JsonBar | None:
        """Return the newest bar of a key; None if it has none."""
        held = self._newest.since(-1, (key,))
        bar = self._checked(key, held[0]) if held else None
        return None if bar is None else JsonBar(bar, held[0])

    def _read_once(self, key: bytes) -> asyncio.Task[Series]:
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(metered(self._read_and_keep(key)))
            # Every request may have been cancelled.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    def forget(self, symbol: bytes) -> None:
        """Forget the bars of a symbol that has left: if it returns, others begin."""
        for interval in INTERVALS:
            key = bar_key(symbol, interval)
            if series := self._kept.pop(key, None):
                self._size -= series.size
            if key in self._reading:
                self._outdated.add(key)

    async def _read_and_keep(self, key: bytes) -> Series:
        # Not when the task is done: whoever asks before its callbacks have run would find neither.
        try:
            series = await self._read(key)
            if key not in self._outdated:
                self._keep(key, series)
            return series
        finally:
            self._outdated.discard(key)
            del self._reading[key]

    async def _read(self, key: bytes) -> Series:
        async with self._readers:
            # Before the read: every final bar older than this one is in Redis already.
            newest = self.newest_of(key)
            before = self._kept.get(key)
            if before is not None and newest is not None:
                passed = (newest.bar.start - before.start) // INTERVALS[interval_of(key)] + AHEAD
                if AHEAD < passed < MAX_HISTORY:
                    tail, kept = await self._final(key, passed)
                    if series := before.extended(newest.bar, tail, kept):
                        return series
            entries, _ = await self._final(key, MAX_HISTORY)
        # Redis may be ahead of this gateway; streams get such bars as events.
        return Series.of(newest.bar.start if newest else 0, entries)

    async def _final(self, key: bytes, most: int) -> tuple[list[JsonBar], int]:
        """Return the newest final bars that Redis keeps, at most `most`, and how many it keeps in all."""
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
