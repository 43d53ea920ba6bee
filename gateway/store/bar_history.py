"""The history of bars: what Redis keeps of those that are final, and the newest from memory."""

import asyncio
import hashlib
from collections import OrderedDict
from typing import NamedTuple

import structlog

from tickcast.gateway.feed.broker import RedisLink
from tickcast.gateway.protocol.request import MAX_BARS
from tickcast.gateway.store.bar_series import Entry, Series
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import INTERVALS, Bar, BarError, bar_key, decode_bar, interval_of, symbol_of
from tickcast.wire.symbol import partition_of

CACHE = 64 * 1024 * 1024
"""Bytes of bars that are kept for the next who asks: a day of about 180 symbols."""

READERS = 8
"""Readings of Redis at once: when all charts come back, the feed must not wait for them."""

SLICE = 64
"""Entries that are checked in one go, half a ms; then ticks get their turn."""

AHEAD = 4
"""Bars that Redis may have beyond what has been heard, when only its newest are read."""

TRIES = 5

log = structlog.get_logger()


class MovingError(Exception):
    """Whenever the history was read, the newest bar had moved on meanwhile."""


class Answer(NamedTuple):
    """Bars as JSON, oldest first, and what tells them from others."""

    bars: list[bytes]
    etag: str


class BarHistory:
    """Reads a key's final bars once for all who ask; after that, only those that have become final since."""

    def __init__(self, link: RedisLink, newest: LastValues, partitions: int) -> None:
        self.reads = 0
        """Times that Redis was asked."""
        self.poisoned = 0
        """Entries that were no bars of their key."""
        self._link = link
        self._newest = newest
        self._partitions = partitions
        self._kept: OrderedDict[bytes, Series] = OrderedDict()
        self._size = 0
        self._reading: dict[bytes, asyncio.Task[Series]] = {}
        self._readers = asyncio.Semaphore(READERS)

    async def bars(self, symbol: bytes, interval: str, limit: int) -> Answer:
        """Return up to `limit` bars; the last is the newest that streams have been sent.

        Raises LinkError, MovingError.
        """
        key = bar_key(symbol, interval)
        for _ in range(TRIES):
            newest = self._newest_of(key)
            if newest is None:
                return Answer([], _etag(b"", b"", limit))
            bar, json = newest
            series = self._kept.get(key)
            if series is not None and series.start == bar.start:
                self._kept.move_to_end(key)
                return Answer([*series.bars.values(), json][-limit:], _etag(series.digest, json, limit))
            # Shielded: who gives up waiting does not stop it for the others.
            await asyncio.shield(self._read_once(key))
        raise MovingError(f"the bars of {key.decode()} move on faster than they can be read")

    def _newest_of(self, key: bytes) -> Entry | None:
        held = self._newest.since(-1, (key,))
        bar = self._checked(key, held[0]) if held else None
        return None if bar is None else Entry(bar, held[0])

    def _read_once(self, key: bytes) -> asyncio.Task[Series]:
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda done: self._have_read(key, done))
        return task

    def _have_read(self, key: bytes, task: asyncio.Task[Series]) -> None:
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
                if AHEAD < passed < MAX_BARS:
                    tail, kept = await self._final(key, passed)
                    if series := before.extended(newest.bar, tail, kept):
                        return series
            entries, _ = await self._final(key, MAX_BARS)
        # Redis may be ahead of what this gateway has heard: that comes as events.
        return Series.of(newest.bar.start if newest else 0, entries)

    async def _final(self, key: bytes, most: int) -> tuple[list[Entry], int]:
        """Return the newest final bars that Redis keeps, and how many it keeps in all."""
        self.reads += 1
        values, kept = await self._link.final_bars(partition_of(symbol_of(key), self._partitions), key, most)
        entries = []
        for at, json in enumerate(values, 1):
            if at % SLICE == 0:
                await asyncio.sleep(0)
            if bar := self._checked(key, json):
                entries.append(Entry(bar, json))
        return entries, kept

    def _checked(self, key: bytes, json: bytes) -> Bar | None:
        try:
            bar = decode_bar(json)
            if bar_key(bar.symbol.encode("ascii"), bar.interval) != key:
                raise BarError("another key's")
        except BarError as error:
            self.poisoned += 1
            if self.poisoned == 1:
                log.error("poisoned bar skipped", key=key.decode(), error=str(error))
            return None
        return bar

    def _keep(self, key: bytes, series: Series) -> None:
        before = self._kept.pop(key, None)
        self._size += series.size - (before.size if before else 0)
        self._kept[key] = series
        while self._size > CACHE and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1].size


def _etag(digest: bytes, newest: bytes, limit: int) -> str:
    # The same on every gateway: it is made from nothing but what is answered.
    return f'W/"{hashlib.blake2s(b"%b%b%d" % (digest, newest, limit), digest_size=12).hexdigest()}"'
