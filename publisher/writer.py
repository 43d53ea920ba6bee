"""Writes one partition: claims it, publishes batches and heartbeats, rebuilds it after data loss.

One call is in flight at a time. A call whose answer was lost is repeated with the same number, which the
script recognises, so no batch is written twice and none is lost.
"""

import secrets
import time
from collections.abc import Awaitable, Callable

import structlog

from tickcast.publisher.bars.retention import MAX_KEPT, KeptBars
from tickcast.publisher.broker import Broker, LogEntries
from tickcast.publisher.lease import DeposedError
from tickcast.publisher.log_retention import LogRetention
from tickcast.publisher.sequencer import Chunk
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.client import Argument
from tickcast.wire import names
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.position import START, Position, parse_position
from tickcast.wire.scripts import CLAIM, PUBLISH

# As in publish.lua, the name of a list is the name of the hash, a colon and the bar key.
_TRIM = """
for at = 3, #ARGV do
  local kept = string.sub(ARGV[at], -1) == 's' and ARGV[1] or ARGV[2]
  redis.call('LTRIM', KEYS[1] .. ':' .. ARGV[at], '-' .. kept, '-1')
end
return false
"""
_TRIMMED = 1000
"""Lists trimmed in one call, at most: Redis does nothing else during a call."""

_HEARTBEAT = Chunk([], b"")
_log = structlog.get_logger()


class Writer:
    """The writer of one partition in one term of leadership.

    Every method may raise DeposedError or LinkRefusedError.
    """

    def __init__(
        self,
        broker: Broker,
        partition: int,
        fence: int,
        retention: LogRetention,
        confirm: Callable[[], Awaitable[None]],
        stats: Stats,
        source: str = "",
    ) -> None:
        """`confirm` raises DeposedError if another publisher leads; `source` is the name that readers see."""
        self.partition = partition
        self.last: dict[bytes, bytes] = {}
        """Symbol -> JSON of its newest tick in Redis."""
        self.symbols: dict[bytes, bytes] = {}
        """Symbol -> JSON of its instrument in Redis."""
        self.bars: dict[bytes, bytes] = {}
        """Bar key -> JSON of its newest bar in Redis."""
        self.kept: KeptBars = MAX_KEPT
        """Final bars to keep of each symbol in Redis."""
        self._broker = broker
        self._fence = fence
        self._retention = retention
        self._confirm = confirm
        self._stats = stats
        self._source = source
        self._epoch = b""
        self._id = START
        self._n = 0
        hashes = [names.last(partition), names.symbols(partition)]
        self._claim_keys = [names.meta(partition), names.log(partition), *hashes, names.bars(partition)]
        self._publish_keys = [*self._claim_keys[:3], names.live(partition), names.bars(partition)]

    @property
    def newest(self) -> Position:
        """Id of the newest batch in the log."""
        return self._id

    async def claim(self) -> None:
        """Become the writer, then read the last writer's ticks, instruments, bars and size of the log."""
        # Claim first: after the claim no other publisher can change the data that is read here.
        self._epoch, newest = await self._claim(renew=False)
        self._id = parse_position(newest)
        read, retry = self._broker.read_hash, self._broker.retry
        self.last = await retry(lambda: read(names.last(self.partition)))
        self.symbols = await retry(lambda: read(names.symbols(self.partition)))
        self.bars = await retry(lambda: read(names.bars(self.partition)))
        size = await retry(lambda: self._broker.memory_usage(names.log(self.partition)))
        self._retention.restart(self._id, size)

    async def write_instruments(self, instruments: list[Instrument]) -> None:
        """Write new or changed instruments."""
        added = {each.symbol.encode("ascii"): encode_instrument(each) for each in instruments}
        self.symbols.update(added)
        epoch, newest = await self._claim(renew=False, symbols=added)
        self._n = 0
        if epoch != self._epoch or parse_position(newest) != self._id:
            await self._rebuild(newest)

    async def publish(self, chunk: Chunk) -> None:
        """Write a batch; return when Redis has accepted it."""
        if chunk.instruments:
            await self.write_instruments(chunk.instruments)
        started = time.perf_counter()
        self._n += 1
        self._id = parse_position(await self._publish(chunk))
        self.last.update(chunk.ticks)
        self.bars.update(chunk.bars)
        self._retention.record(self._id, len(chunk.lines) + len(chunk.bar_lines))
        self._stats.record_batch(len(chunk.ticks), len(chunk.bars), time.perf_counter() - started)

    async def heartbeat(self) -> None:
        """Publish a heartbeat, by which readers know that the publisher runs, and the newest id."""
        await self._publish(_HEARTBEAT)
        self._stats.heartbeats += 1

    async def keep_bars(self, kept: KeptBars) -> None:
        """Keep so many final bars of each symbol from now on. Longer lists are trimmed at once."""
        self.kept = kept
        keys = list(self.bars)
        for begin in range(0, len(keys), _TRIMMED):
            await self._trim([*kept, *keys[begin : begin + _TRIMMED]])

    async def _trim(self, args: list[Argument]) -> None:
        await self._broker.retry(lambda: self._broker.script(_TRIM, [names.bars(self.partition)], args))

    async def read_log_back(self, top: str, floor: Position) -> LogEntries:
        """Return a page of log entries from the id `top` back to `floor`, newest first; empty at the end."""
        key = names.log(self.partition)
        return await self._broker.retry(lambda: self._broker.read_back(key, top, str(floor)))

    async def _publish(self, chunk: Chunk) -> bytes:
        size = len(chunk.lines) + len(chunk.bar_lines)
        while True:
            keep = self._retention.min_id(size)
            args: list[Argument] = [
                *(self._fence, self._epoch, str(self._id), self._n, str(keep)),
                *(self._broker.publish_command, len(chunk.ticks), chunk.lines),
                *(len(chunk.bars), chunk.bar_lines, *self.kept),
            ]
            answer = await self._call(PUBLISH, self._publish_keys, args)
            if answer[0] == b"ok":
                newest: bytes = answer[1]
                return newest
            await self._rebuild(answer[2])
            self._n = 1 if size else 0

    async def _rebuild(self, found: bytes) -> None:
        """Start a new epoch in a Redis that lost data, and write back what this writer remembers."""
        # If Redis lost the lease too, a standby may lead by now, and must not be disturbed.
        await self._broker.retry(self._confirm)
        self._epoch, newest = await self._claim(renew=True, symbols=self.symbols)
        self._n = 0
        self._id = parse_position(newest)
        self._retention.restart(self._id, 0)
        self._stats.lost_epochs += 1
        _log.warning(
            "redis has lost data: began a new epoch; wrote back symbols, last values and newest bars",
            partition=self.partition,
            found=found.decode(errors="replace"),
            symbols=len(self.symbols),
        )

    async def _claim(self, renew: bool, symbols: dict[bytes, bytes] | None = None) -> tuple[bytes, bytes]:
        last, bars = (self.last, self.bars) if renew else ({}, {})
        args: list[Argument] = [self._fence, secrets.token_hex(8), int(renew), str(self._id)]
        for pairs in (symbols or {}, last, bars):
            args.append(len(pairs))
            args.extend(part for pair in pairs.items() for part in pair)
        args.append(self._source)
        _, epoch, newest = await self._call(CLAIM, self._claim_keys, args)
        return epoch, newest

    async def _call(self, script: str, keys: list[str], args: list[Argument]) -> list[bytes]:
        answer: list[bytes] = await self._broker.retry(lambda: self._broker.script(script, keys, args))
        if answer[0] == b"fenced":
            raise DeposedError(
                f"a publisher with fencing token {answer[1].decode()} writes now, ours is {self._fence}"
            )
        return answer
