"""The bars that a request gets, of every interval: as they are kept, or made of shorter ones.

Final bars are what Redis keeps. The newest quarter or day is continued by the newest minute; bars of five
minutes and of an hour are joined of minutes and quarters.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from tickcast.gateway.store.bar_history import (
    CHECKED_AT_ONCE,
    TRIES,
    BarHistory,
    JsonBar,
    MovingError,
    Series,
)
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.metered import metered
from tickcast.wire.bar import ALL_INTERVALS, Bar, bar_key, decode_bar, encode_bar
from tickcast.wire.joined_bars import joined, up_to

MAX_JOINED = 256
"""Symbols and intervals whose joined bars are remembered: about 10 MiB. Making them takes some ms."""


class TaggedBars(NamedTuple):
    """Bars as JSON, oldest first, and their entity tag."""

    bars: list[bytes]
    etag: str


class _Joined(NamedTuple):
    """The joined bars of a series."""

    series: Series
    bars: list[bytes]
    """Those that no later bar belongs to."""
    open: list[Bar]
    """The newest bars of the series, which later ones may be joined with."""
    is_first: bool
    """Whether nothing is known of what came before `open`."""
    digest: bytes
    """Stands for `bars` in an entity tag."""


class Charts:
    """Answers requests for bars of a symbol."""

    def __init__(self, history: BarHistory) -> None:
        self._history = history
        self._kept: OrderedDict[bytes, _Joined] = OrderedDict()
        self._joining: dict[bytes, asyncio.Task[None]] = {}

    async def bars(self, symbol: bytes, interval: str, limit: int) -> TaggedBars:
        """Return up to `limit` bars, oldest first; the last has the newest that streams have been sent.

        Raises LinkError if Redis does not answer, MovingError if the bars change faster than they are read.
        """
        made_of = ALL_INTERVALS[interval].made_of
        for _ in range(TRIES):
            held = await self._history.held(bar_key(symbol, made_of or interval))
            if held is None:
                return TaggedBars([], _etag(b"", [], limit))
            series, newest = held[0], self._up_to_now(symbol, held[1])
            if not made_of:
                return _tagged(list(series.bars.values()), series.digest, [newest.json], limit)
            key = bar_key(symbol, interval)
            found = self._kept.get(key)
            if found is not None and found.series is series:
                self._kept.move_to_end(key)
                return _tagged(found.bars, found.digest, _ends(found, newest.bar, interval), limit)
            await asyncio.shield(self._join_once(key, interval, series))
        raise MovingError(f"the bars of {symbol.decode()} move on faster than they can be joined")

    def _up_to_now(self, symbol: bytes, newest: JsonBar) -> JsonBar:
        """Return the newest bar with the newest minute in it, if that is a part of it."""
        if newest.bar.interval in ("1s", "1m"):
            return newest
        minute = self._history.newest_of(bar_key(symbol, "1m"))
        if minute is None:
            return newest
        bar = up_to(newest.bar, minute.bar)
        return newest if bar is newest.bar else JsonBar(bar, encode_bar(bar))

    def _join_once(self, key: bytes, interval: str, series: Series) -> asyncio.Task[None]:
        task = self._joining.get(key)
        if task is None:
            task = self._joining[key] = asyncio.create_task(
                metered(self._join_and_end(key, interval, series))
            )
        return task

    async def _join_and_end(self, key: bytes, interval: str, series: Series) -> None:
        # Not when the task is done: whoever asks before its callbacks have run would wait for what is over.
        try:
            await self._join(key, interval, series)
        finally:
            del self._joining[key]

    async def _join(self, key: bytes, interval: str, series: Series) -> None:
        """Join the bars of a series, and remember the result."""
        done: list[bytes] = []
        group: list[Bar] = []
        is_first = True
        for at, json in enumerate(series.bars.values(), 1):
            if at % CHECKED_AT_ONCE == 0:
                await asyncio.sleep(0)
            bar = decode_bar(json)
            if group and _start(bar, interval) != _start(group[0], interval):
                done += _join_groups([group], interval, is_first)
                group, is_first = [], False
            group.append(bar)
        digest = hashlib.blake2s(b"".join(done), digest_size=12).digest()
        self._kept[key] = _Joined(series, done, group, is_first, digest)
        self._kept.move_to_end(key)
        if len(self._kept) > MAX_JOINED:
            self._kept.popitem(last=False)


def _ends(found: _Joined, newest: Bar, interval: str) -> list[bytes]:
    """Return the joined bars that the newest bars of a series and its `newest` bar make."""
    if found.open and _start(found.open[0], interval) != _start(newest, interval):
        return _join_groups([found.open, [newest]], interval, found.is_first)
    return _join_groups([[*found.open, newest]], interval, found.is_first)


def _join_groups(groups: list[list[Bar]], interval: str, is_first: bool) -> list[bytes]:
    """Return a bar for each group. `is_first`: the first is left out unless it is whole for sure."""
    if is_first:
        first = groups[0][0]
        if first.start != _start(first, interval) and first.q != first.ticks:
            groups = groups[1:]
    return [encode_bar(joined(group, interval, _start(group[0], interval))) for group in groups]


def _start(bar: Bar, interval: str) -> int:
    return bar.start - bar.start % ALL_INTERVALS[interval].length


def _tagged(final: Sequence[bytes], digest: bytes, ends: list[bytes], limit: int) -> TaggedBars:
    return TaggedBars([*final, *ends][-limit:], _etag(digest, ends, limit))


def _etag(digest: bytes, ends: list[bytes], limit: int) -> str:
    # Made from the content alone, so that every gateway gives the same tag.
    return weak_etag(b"%b%b%d" % (digest, b"".join(ends), limit))
