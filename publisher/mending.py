"""Mends what another program wrote among the newest values: only the writer may write them.

Each heartbeat some values are compared with those that the writer remembers, in Redis, so none comes over the
line; and what the writer does not know is taken out. The script does nothing for who is deposed.
"""

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.remembered import Remembered
from tickcast.publisher.script_calls import Calls
from tickcast.publisher.scripts import COMPARE, REMOVE, SHORTEN
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import LinkDownError
from tickcast.wire.bounds import MAX_INSTRUMENT_BYTES
from tickcast.wire.names import FeedNames

AT_ONCE, LEAST = 200, 10
"""Values compared at a heartbeat, of each kind, in all partitions of a feed: 40 KB on the line.

The second is for each partition, at least.
"""

SHORTENED_AT_ONCE = 500
"""Values whose length Redis looks at in one step: up to 5 ms."""

NAMED = 5
"""Fields named in a line of the log, at most."""

MAX_FIELD = 128
"""Bytes of the longest field of a hash of the feed: a symbol, or a bar key."""

_log = structlog.get_logger()


class Writing(Protocol):
    """What is used of the writer of a partition here."""

    partition: int
    names: FeedNames
    broker: Broker
    calls: Calls
    stats: Stats
    held: Remembered


class Round:
    """Goes through the values of a hash again and again, some at a time."""

    def __init__(self) -> None:
        self._left: list[bytes] = []
        """Keys that this round has not come to. What is added meanwhile comes in the next round."""

    def next(self, values: Mapping[bytes, bytes], most: int) -> list[bytes]:
        """Return the next values, at most so many, each behind its key."""
        if not self._left:
            self._left = list(values)
        part, self._left[-most:] = self._left[-most:], []
        return [text for key in part if key in values for text in (key, values[key])]


class Mending:
    """Mends the values of one partition, a part of them at a time."""

    def __init__(self, writer: Writing) -> None:
        self._writer = writer
        names, partition = writer.names, writer.partition
        self._meta = names.meta(partition)
        self._keys = [names.last(partition), names.symbols(partition), names.bars(partition)]
        self._rounds = [Round() for _ in self._keys]

    async def shorten(self) -> None:
        """Remove what is longer than anything of the feed: to read it could take longer than Redis has.

        Raises LinkRefusedError.
        """
        gone = sum([await self._shorten(key) for key in self._keys])
        if gone:
            self._writer.stats.mended += gone
            _log.error("removed values that are too long", partition=self._writer.partition, count=gone)

    async def _shorten(self, key: str) -> int:
        broker, last, bars = self._writer.broker, self._keys[0], self._keys[2]
        cursor, gone = b"0", 0
        while True:
            args: list[Argument] = [self._writer.calls.fence, cursor, SHORTENED_AT_ONCE]
            args += [MAX_FIELD, MAX_INSTRUMENT_BYTES]
            keys = [self._meta, key, last, bars]
            cursor, removed = await broker.retry(partial(broker.script, SHORTEN, keys, args))
            gone += int(removed)
            if cursor == b"0":
                return gone

    async def step(self) -> None:
        """Compare the next values, and mend what differs; call it while no batch is under way.

        What Redis does not do now it does at the next call.
        """
        writer = self._writer
        held = [writer.held.last, writer.held.symbols, writer.held.bars]
        most = max(LEAST, AT_ONCE // max(1, writer.stats.partitions))
        args: list[Argument] = [writer.calls.fence]
        for values, going in zip(held, self._rounds, strict=True):
            part = going.next(values, most)
            args += [len(values), len(part) // 2, *part]
        try:
            found = await writer.broker.script(COMPARE, [self._meta, *self._keys], args)
            for key, values, mended, fields in zip(self._keys, held, found[::2], found[1::2], strict=False):
                if mended:
                    self._report("wrote back values that another program had changed", key, mended)
                if strangers := [field for field in fields if field not in values]:
                    await self._remove(key, strangers)
        except LinkDownError:
            # Such as a full Redis: the next batch or heartbeat meets it too, and says so.
            return

    async def _remove(self, key: str, fields: list[bytes]) -> None:
        last, _, bars = self._keys
        args: list[Argument] = [self._writer.calls.fence, *fields]
        if await self._writer.broker.script(REMOVE, [self._meta, last, bars, key], args):
            self._report("removed values of another program", key, fields)

    def _report(self, what: str, key: str, fields: list[bytes]) -> None:
        self._writer.stats.mended += len(fields)
        named = [repr(field[:40]) for field in fields[:NAMED]]
        _log.error(what, key=key, count=len(fields), first=named)
