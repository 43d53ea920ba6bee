"""The history of bars: what Redis keeps of those that are final, and the newest from memory."""

import asyncio
import hashlib
from collections import OrderedDict
from typing import NamedTuple

import structlog

from gateway.last_values import LastValues
from gateway.query import MAX_BARS
from gateway.redis_link import RedisLink
from wire.bar import Bar, BarError, bar_key, decode_bar, symbol_of
from wire.symbol import partition_of

CACHE = 64 * 1024 * 1024
"""Bytes of bars that are kept for the next who asks: a day of about 180 symbols."""

OVERHEAD = 130
"""Bytes that a bar takes beside its JSON."""

READERS = 8
"""Readings of Redis at once: when all charts come back, the feed must not wait for them."""

SLICE = 64
"""Entries that are checked in one go, half a ms; then ticks get their turn."""

TRIES = 5

log = structlog.get_logger()


class MovingError(Exception):
    """Whenever the history was read, the newest bar had moved on meanwhile."""


class Series(NamedTuple):
    """The final bars of a key, as they are while the newest bar is that of `start`."""

    start: int
    bars: dict[int, bytes]
    """Start -> JSON, oldest first."""
    digest: bytes
    size: int


class Answer(NamedTuple):
    """Bars as JSON, oldest first, and what tells them from others."""

    bars: list[bytes]
    etag: str


class BarHistory:
    """Reads a key's final bars once for all who ask, and again only when another bar has begun."""

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
            newest = self._start_of_newest(key)
            if newest is None:
                return Answer([], _etag(b"", b"", limit))
            start, json = newest
            series = self._kept.get(key)
            if series is not None and series.start == start:
                self._kept.move_to_end(key)
                return Answer([*series.bars.values(), json][-limit:], _etag(series.digest, json, limit))
            # Shielded: who gives up waiting does not stop it for the others.
            await asyncio.shield(self._read_once(key))
        raise MovingError(f"the bars of {key.decode()} move on faster than they can be read")

    def _start_of_newest(self, key: bytes) -> tuple[int, bytes] | None:
        held = self._newest.since(-1, (key,))
        bar = self._checked(key, held[0]) if held else None
        return None if bar is None else (bar.start, held[0])

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
            newest = self._start_of_newest(key)
            start = newest[0] if newest else 0
            self.reads += 1
            partition = partition_of(symbol_of(key), self._partitions)
            entries = await self._link.final_bars(partition, key, MAX_BARS)
        before = self._kept.get(key)
        starts = {json: known for known, json in before.bars.items()} if before else {}
        bars: dict[int, bytes] = {}
        for at, json in enumerate(entries, 1):
            if at % SLICE == 0:
                await asyncio.sleep(0)
            if json not in starts and (bar := self._checked(key, json)):
                starts[json] = bar.start
            # Redis may be ahead of what this gateway has heard: that comes as events.
            if starts.get(json, start) < start:
                bars[starts[json]] = json
        bars = dict(sorted(bars.items()))
        size = sum(map(len, bars.values())) + OVERHEAD * len(bars)
        digest = hashlib.blake2s(b"".join(bars.values()), digest_size=12).digest()
        return Series(start, bars, digest, size)

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
