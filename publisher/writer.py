"""Writes one partition: claims it, publishes batches and heartbeats, rebuilds it after data loss.

One call is in flight at a time. A call whose answer was lost is repeated with the same number, which the
script recognises, so no batch is written twice and none is lost.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from tickcast.publisher.bars.retention import MAX_KEPT, KeptBars
from tickcast.publisher.broker import Broker
from tickcast.publisher.full_redis import FullRedis
from tickcast.publisher.log_retention import LogRetention
from tickcast.publisher.script_calls import Calls, Renew
from tickcast.publisher.scripts import SETTLED, TRIM
from tickcast.publisher.sequencer import Chunk
from tickcast.publisher.shape import Shape, verify_shape
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.client import Argument
from tickcast.wire.bar import INTERVALS, bar_key
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.notice import state_in, with_state
from tickcast.wire.position import START, Position, parse_position
from tickcast.wire.scripts import CLAIM, PUBLISH

AT_ONCE = 1000
"""Lists trimmed or read in one call, at most: Redis does nothing else during a call."""

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
        shape: Shape | None = None,
    ) -> None:
        """`confirm` raises DeposedError if another publisher leads; `source` is the name that readers see.

        `shape` is that of the feed; None: it is neither verified nor written.
        """
        self.partition = partition
        self.last: dict[bytes, bytes] = {}
        """Symbol -> JSON of its newest tick in Redis."""
        self.symbols: dict[bytes, bytes] = {}
        """Symbol -> JSON of its instrument in Redis."""
        self.bars: dict[bytes, bytes] = {}
        """Bar key -> JSON of its newest bar in Redis."""
        self.source_before = ""
        """Name of the source whose symbols are still to be retired, because the feed's source has changed."""
        self.lost: Callable[[], None] = lambda: None
        """Called when Redis is found to have lost the data of this partition."""
        self.recover_inbox: Callable[[], Awaitable[None]] = partial(asyncio.sleep, 0)
        """Awaited when data of this partition was lost and written back, before the next batch."""
        self.reads_inbox = False
        self.taken = ""
        """Id of the newest entry of the inbox whose ticks are written; empty before there is one."""
        self.kept: KeptBars = MAX_KEPT
        """Final bars to keep of each symbol in Redis."""
        self.broker = broker
        self.names = names = broker.names
        self.calls = Calls(broker, fence, stats)
        self._fence = fence
        self._retention = retention
        self._confirm = confirm
        self._stats = stats
        self._source = source
        self._shape = shape
        self._full = FullRedis(partition, stats)
        self._epoch = self._offered = b""
        self._id = START
        self._renewed = False
        """Whether the claim has begun a new epoch."""
        self._n = 0
        hashes = [names.last(partition), names.symbols(partition)]
        self._claim_keys = [names.meta(partition), names.log(partition), *hashes, names.bars(partition)]
        self._publish_keys = [*self._claim_keys[:3], names.live(partition), names.bars(partition)]
        self._heartbeat_keys = [*self._publish_keys, names.symbols(partition)]
        inbox = [names.inbox(partition), names.held(partition)]
        self._inbox_keys = [*inbox, names.producers(partition), names.rejects(partition)]
        self._logged = False
        """True if the log has an entry of this writer, which stays until the next one is added."""

    @property
    def newest(self) -> Position:
        """Id of the newest batch in the log."""
        return self._id

    async def verify_shape(self) -> None:
        """Return if the feed in Redis has the shape of this writer, or no data. Raises ShapeError."""
        if self._shape is not None:
            await verify_shape(self.broker, self._shape)

    async def claim(self) -> None:
        """Become the writer, then read the last writer's ticks, instruments, bars and size of the log."""
        # Claim first: after the claim no other publisher can change the data that is read here.
        self._epoch, newest = await self._claim()
        self._renewed = self._epoch == self._offered
        self._id = parse_position(newest)
        read, retry = self.broker.read_hash, self.broker.retry
        self.last = await retry(lambda: read(self.names.last(self.partition)))
        self.symbols = await retry(lambda: read(self.names.symbols(self.partition)))
        self.bars = await retry(lambda: read(self.names.bars(self.partition)))
        meta = await retry(lambda: read(self.names.meta(self.partition)))
        self.source_before = meta.get(b"before", b"").decode("utf-8", "replace")
        size = await retry(lambda: self.broker.memory_usage(self.names.log(self.partition)))
        self._retention.restart(self._id, size)

    async def renew(self, why: str) -> None:
        """Begin a new epoch, so that readers get a gap; do nothing if the claim has begun one."""
        if not self._renewed:
            await self._rebuild(why.encode())

    async def write_instruments(self, instruments: list[Instrument]) -> None:
        """Write new or changed instruments. A symbol stays in its state."""
        added: dict[bytes, bytes] = {}
        for each in instruments:
            symbol = each.symbol.encode("ascii")
            state = state_in(self.symbols.get(symbol, b""))
            added[symbol] = (
                encode_instrument(each) if state is None else with_state(encode_instrument(each), state)
            )
        self.symbols.update(added)
        epoch, newest = await self._claim(symbols=added)
        self._n = 0
        if epoch != self._epoch or parse_position(newest) != self._id:
            await self._rebuild(newest)

    async def publish(self, chunk: Chunk) -> None:
        """Write a batch, or what else a chunk holds; return when Redis has accepted it."""
        if chunk.instruments:
            await self.write_instruments(chunk.instruments)
        if not chunk.size:
            if chunk.inbox is not None:
                await self.heartbeat(chunk)
            return
        started = time.perf_counter()
        self._n += 1
        _, newest, *moved = await self._publish(chunk)
        self.calls.report_moved(moved)
        self._id = parse_position(newest)
        self._logged = True
        self.last.update(chunk.ticks)
        self.bars.update(chunk.bars)
        for symbol, notice in chunk.notices:
            self._take_notice(symbol, notice)
        self._retention.record(self._id, chunk.size)
        self._stats.record_batch(len(chunk.ticks), len(chunk.bars), time.perf_counter() - started)

    def _take_notice(self, symbol: bytes, notice: bytes) -> None:
        """Remember what publish.lua has made of a notice."""
        held = self.symbols.get(symbol)
        if state_in(notice) is not None:
            if held is not None:
                self.symbols[symbol] = with_state(held, notice)
            return
        self._stats.retired += 1
        self.symbols.pop(symbol, None)
        self.last.pop(symbol, None)
        for interval in INTERVALS:
            self.bars.pop(bar_key(symbol, interval), None)

    async def source_settled(self) -> None:
        """Record that the symbols of the source before are retired."""
        self.source_before = ""
        keys = [self.names.meta(self.partition)]
        await self.broker.retry(lambda: self.broker.script(SETTLED, keys, [self._fence]))

    async def heartbeat(self, chunk: Chunk = _HEARTBEAT) -> None:
        """Publish a heartbeat, by which readers know that the publisher runs, and the newest id.

        It also verifies that Redis holds what this writer left, and writes back what is missing. It records
        the inbox of a `chunk` without lines.
        """
        answer = await self._publish(chunk)
        if answer[0] == b"full":
            return
        _, _, entries, *moved = answer
        self.calls.report_moved(moved)
        self._stats.heartbeats += 1
        if self._logged and not entries:
            # Every batch names the one before it, so no reader can take what follows for the whole.
            self._logged = False
            self._stats.restored += 1
            _log.warning(
                "the log in redis is gone; clients that need its ticks get a gap", partition=self.partition
            )

    async def keep_bars(self, kept: KeptBars) -> None:
        """Keep so many final bars of each symbol from now on. Longer lists are trimmed at once."""
        self.kept = kept
        keys = list(self.bars)
        for begin in range(0, len(keys), AT_ONCE):
            await self._trim([*_said(kept), *keys[begin : begin + AT_ONCE]])

    async def _trim(self, args: list[Argument]) -> None:
        await self.broker.retry(lambda: self.broker.script(TRIM, [self.names.bars(self.partition)], args))

    async def _publish(self, chunk: Chunk) -> list[bytes]:
        """Write a batch or heartbeat; return what publish.lua answers when it has accepted it.

        A heartbeat is given up while Redis is full and an inbox is read: to write its entries makes room.
        """
        size = chunk.size
        while True:
            keep = self._retention.min_id(size)
            args: list[Argument] = [
                *(self._fence, self._epoch, str(self._id), self._n, str(keep)),
                *(self.broker.publish_command, len(chunk.ticks), chunk.lines),
                *(len(chunk.bars), chunk.bar_lines, *_said(self.kept), len(self.symbols), 0),
                *(len(chunk.notices), chunk.notice_lines),
            ]
            keys = self._publish_keys if size and not chunk.notices else self._heartbeat_keys
            if chunk.inbox is not None:
                keys = [*self._heartbeat_keys, *self._inbox_keys]
                args += chunk.inbox.arguments()
            answer = await self.calls.call(PUBLISH, keys, args)
            if answer[0] == b"ok":
                self._full.accepted()
                if chunk.inbox is not None:
                    self.taken = chunk.inbox.position
                    self._stats.producers.add(chunk.inbox.counts)
                return answer
            if answer[0] == b"full":
                self._logged = self._logged and int(answer[2]) > 0
                await self._full.refused(int(answer[1]), int(answer[2]))
                if chunk is _HEARTBEAT and self.reads_inbox:
                    return answer
                continue
            if answer[0] == b"partial":
                await self._restore(answer[1])
            else:
                await self._rebuild(answer[2])
            self._n = 1 if size else 0

    async def _restore(self, key: bytes) -> None:
        """Write back what this writer remembers, in the same epoch: no value is lost to any reader.

        Ticks in Redis then are byte for byte what they were, so clients need not hear of it.
        """
        self._epoch, newest = await self._claim(renew=Renew.VALUES, symbols=self.symbols)
        self._id = parse_position(newest)
        self._stats.restored += 1
        _log.warning(
            "values were missing in redis, by DEL or eviction; wrote them back",
            key=key.decode(errors="replace"),
            symbols=len(self.symbols),
        )

    async def _rebuild(self, found: bytes) -> None:
        """Start a new epoch in a Redis that lost data, and write back what this writer remembers."""
        # If Redis lost the lease too, a standby may lead by now, and must not be disturbed.
        await self.broker.retry(self._confirm)
        self._epoch, newest = await self._claim(renew=Renew.EPOCH, symbols=self.symbols)
        self._n = 0
        self._logged = False
        self._id = parse_position(newest)
        self._retention.restart(self._id, 0)
        self._stats.lost_epochs += 1
        self.lost()
        await self.recover_inbox()
        _log.warning(
            "redis has lost data: began a new epoch; wrote back symbols, last values and newest bars",
            partition=self.partition,
            found=found.decode(errors="replace"),
            symbols=len(self.symbols),
        )

    async def _claim(
        self, renew: Renew = Renew.NEITHER, symbols: dict[bytes, bytes] | None = None
    ) -> tuple[bytes, bytes]:
        last, bars = ({}, {}) if renew is Renew.NEITHER else (self.last, self.bars)
        self._offered = secrets.token_hex(8).encode()
        args: list[Argument] = [self._fence, self._offered, renew.value, str(self._id)]
        for pairs in (symbols or {}, last, bars):
            args.append(len(pairs))
            args.extend(part for pair in pairs.items() for part in pair)
        args.append(self._source)
        if self._shape is not None and self.partition == 0:
            args.extend(self._shape)
        _, epoch, newest, *moved = await self.calls.call(CLAIM, self._claim_keys, args)
        self.calls.report_moved(moved)
        return epoch, newest


def _said(kept: KeptBars) -> tuple[str, str]:
    """Return how many final bars to keep, as scripts take it: intervals, and a number for each."""
    return " ".join(kept), " ".join(map(str, kept.values()))
