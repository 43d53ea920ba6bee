"""A feed with nothing left to chance: ids, epochs, times and bytes are those of the script.

It writes what a publisher would, in words of its own: names and formats of Redis stand here as text, so
that a recorded stream also proves that they have not changed.
"""

import base64
import hashlib
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.support.client import redis_client

START = 1_795_384_800_000
"""When every script begins, ms since the epoch."""

EPOCH, NEXT_EPOCH = "0123456789abcdef", "fedcba9876543210"
"""Epochs of a log: the first one, and the one after a loss of data."""


def tick(symbol: str, q: int, price: str, rest: str = "") -> str:
    """Return a tick as JSON; `rest` is added as it stands, such as `,"s":100`."""
    return f'{{"S":"{symbol}","q":{q},"t":{START * 1000 + q},"p":{price}{rest}}}'


def bar(symbol: str, interval: str, at: int, prices: str, count: int, q: int) -> str:
    """Return a bar as JSON that begins `at` seconds after `START`; `prices` are four, apart by blanks."""
    first, high, low, last = prices.split()
    held = f'"o":{first},"h":{high},"l":{low},"c":{last},"v":{100 * count},"n":{count},"q":{q}'
    return f'{{"S":"{symbol}","i":"{interval}","t":{START * 1000 + at * 1_000_000},{held}}}'


def _symbol(line: str) -> str:
    return line.split('"', 4)[3]


def _varint(number: int) -> bytes:
    low, high = number & 0x7F, number >> 7
    return bytes((low | 0x80,)) + _varint(high) if high else bytes((low,))


def _member(line: str, name: str) -> str:
    return line.partition(f'"{name}":')[2].partition(",")[0].strip('"')


class ScriptedFeed:
    """Writes batches at given positions. `begin` comes first."""

    def __init__(self, url: str, partitions: int) -> None:
        self.redis = redis_client(url)
        self._partitions = partitions
        self._epochs = [EPOCH] * partitions
        self._newest = [f"{START}-0"] * partitions
        # So long ago that no batch of a script is from the future, and not too long for a patient gateway.
        self._began = int(time.time()) - 200

    async def begin(self) -> None:
        """Let every partition have an epoch, and nothing else; there are two instruments and a source."""
        for partition in range(self._partitions):
            await self._note(partition)
        await self.redis.hset("{tickcast:main:0}:meta", "source", "scripted")
        for symbol, name in (("A", r"Alpha \u00e9"), ("B", r"Beta \"B\"")):
            json = f'{{"S":"{symbol}","name":"{name}","tick":0.010,"ref":188.20,"ccy":"USD"}}'
            await self.redis.hset(self._name(self._home(symbol), "symbols"), symbol, json)

    async def _note(self, partition: int) -> None:
        meta: Any = {"epoch": self._epochs[partition], "id": self._newest[partition], "fence": 1, "n": 0}
        meta["sent"] = self._began * 1_000_000
        await self.redis.hset(self._name(partition, "meta"), mapping=meta)

    @staticmethod
    def _name(partition: int, what: str) -> str:
        return f"{{tickcast:main:{partition}}}:{what}"

    def _home(self, symbol: str) -> int:
        return zlib.crc32(symbol.encode()) % self._partitions

    def _header(self, partition: int, own: str, ticks: int, bars: int, notices: int = 0) -> str:
        # Clients never see this time; a gateway that compares it with Redis's clock must find it new.
        sent = self._began * 1_000_000 + int(own.partition("-")[0]) * 1000 - START * 1000
        return (
            f"2 {self._epochs[partition]} {own} {self._newest[partition]} {sent} {ticks} {bars} {notices}\n"
        )

    async def batch(self, at: str, *lines: str, heard: bool = True, kept: bool = True) -> None:
        """Publish ticks, then bars, then what is said of symbols, of one partition.

        `at` is the batch's position, its ms counted from `START`, such as `20-1`. One that is not `heard`
        goes to the log and not to the channel, one that is not `kept` to neither.
        """
        ms, _, number = at.partition("-")
        own = f"{START + int(ms)}-{number}"
        (partition,) = {self._home(_symbol(line)) for line in lines}
        bars = [line for line in lines if '","i":"' in line]
        notices = [line for line in lines if '","retired":"' in line or '","state":"' in line]
        ticks = lines[: len(lines) - len(bars) - len(notices)]
        header = self._header(partition, own, len(ticks), len(bars), len(notices))
        data = header + "".join(f"{_symbol(line)}\t{line}\n" for line in lines)
        if kept:
            await self.redis.xadd(self._name(partition, "log"), {"b": data}, id=own)
        for line in ticks:
            await self.redis.hset(self._name(partition, "last"), _symbol(line), line)
        await self._keep_bars(partition, bars)
        for line in notices:
            if '","retired":"' in line:
                await self.redis.hdel(self._name(partition, "last"), _symbol(line))
                await self.redis.hdel(self._name(partition, "symbols"), _symbol(line))
        self._newest[partition] = own
        await self._note(partition)
        if heard and kept:
            await self.redis.publish(self._name(partition, "live"), data)

    async def _keep_bars(self, partition: int, bars: Sequence[str]) -> None:
        name = self._name(partition, "bars")
        for line in bars:
            key = f"{_symbol(line)}\t{_member(line, 'i')}"
            before: Any = await self.redis.hget(name, key)
            if before is not None and _member(before.decode(), "t") != _member(line, "t"):
                await self.redis.rpush(f"{name}:{key}", before)
            await self.redis.hset(name, key, line)

    def cursor(self, at: str) -> str:
        """Return what the cursor of the one partition is when its newest batch stands at `at`."""
        assert self._partitions == 1
        ms, _, number = at.partition("-")
        epoch = hashlib.blake2s(self._epochs[0].encode(), digest_size=6).digest()
        rest = bytes((1, *epoch, 0, *_varint(2 * (START + int(ms))), *_varint(int(number))))
        return base64.urlsafe_b64encode(rest).rstrip(b"=").decode()

    async def heartbeat(self) -> None:
        """Show every partition that the publisher lives."""
        for partition in range(self._partitions):
            header = self._header(partition, self._newest[partition], 0, 0)
            await self.redis.publish(self._name(partition, "live"), header)

    async def lose(self, at: str, *lines: str) -> None:
        """Let Redis lose the log of the one partition, and a new epoch begin at `at` with these ticks."""
        assert self._partitions == 1
        ms, _, number = at.partition("-")
        await self.redis.delete(self._name(0, "log"))
        for line in lines:
            await self.redis.hset(self._name(0, "last"), _symbol(line), line)
        self._epochs[0], self._newest[0] = NEXT_EPOCH, f"{START + int(ms)}-{number}"
        await self._note(0)
        await self.heartbeat()


@asynccontextmanager
async def scripted_feed(url: str, partitions: int = 1, case: str = "") -> AsyncIterator[ScriptedFeed]:
    """Begin a script in the empty Redis at `url`; `case` is what the feed does with that of symbols."""
    feed = ScriptedFeed(url, partitions)
    try:
        await feed.begin()
        if case:
            await feed.redis.hset("{tickcast:main:0}:meta", "case", case)
        yield feed
    finally:
        await feed.redis.aclose()
