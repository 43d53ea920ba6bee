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

from tickcast.publisher.bars.retention import MAX_KEPT, KeptBars, as_arguments
from tickcast.publisher.broker import Broker
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.full_redis import FullRedis
from tickcast.publisher.gateway_list import GatewayList
from tickcast.publisher.log_retention import LogRetention
from tickcast.publisher.mending import Mending
from tickcast.publisher.remembered import Remembered
from tickcast.publisher.script_calls import Calls, Outbid, Renew, no_outbid
from tickcast.publisher.script_keys import ScriptKeys
from tickcast.publisher.scripts import SETTLED, TRIM
from tickcast.publisher.shape import Shape, verify_shape
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.client import Argument
from tickcast.wire.instrument import Instrument
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
        outbid: Outbid = no_outbid,
    ) -> None:
        """`confirm` raises DeposedError if another publisher leads; `source` is the name that readers see.

        `outbid` is that of the lease.

        `shape` is that of the feed; None: it is neither verified nor written.
        """
        self.partition = partition
        self.held = Remembered()
        """What Redis has of the partition, and would be given again."""
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
        self.names = broker.names
        self.calls = Calls(broker, fence, stats, outbid)
        self.stats = stats
        self._retention = retention
        self._confirm = confirm
        self._source = source
        self._shape = shape
        self._full = FullRedis(partition, stats)
        self._epoch = self._offered = b""
        self._id = START
        self._renewed = False
        """Whether the claim has begun a new epoch."""
        self._n = 0
        self._keys = ScriptKeys(self.names, partition)
        self._mending = Mending(self)
        # It stands with partition 0, and needs one who looks after it.
        self._gateways = None if partition else GatewayList(broker, stats)
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
        await self._mending.shorten()
        held = self.held
        held.last = await retry(lambda: read(self.names.last(self.partition)))
        held.symbols = await retry(lambda: read(self.names.symbols(self.partition)))
        held.bars = await retry(lambda: read(self.names.bars(self.partition)))
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
        epoch, newest = await self._claim(symbols=self.held.describe(instruments))
        self._n = 0
        if epoch != self._epoch or parse_position(newest) != self._id:
            await self._rebuild(newest)

    async def publish(self, chunk: Chunk) -> None:
        """Write a batch, or what else a chunk holds; return when Redis has accepted it."""
        if chunk.gap:
            await self._begin_epoch()
            _log.info("began a new epoch: readers get a gap", partition=self.partition, reason=chunk.gap)
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
        self.stats.retired += self.held.take(chunk)
        self._retention.record(self._id, chunk.size)
        self.stats.record_batch(len(chunk.ticks), len(chunk.bars), time.perf_counter() - started)

    async def source_settled(self) -> None:
        """Record that the symbols of the source before are retired."""
        self.source_before = ""
        keys = [self.names.meta(self.partition)]
        await self.broker.retry(lambda: self.broker.script(SETTLED, keys, [self.calls.fence]))

    async def heartbeat(self, chunk: Chunk = _HEARTBEAT) -> None:
        """Publish a heartbeat, by which readers know that the publisher runs, and the newest id.

        It also verifies that Redis holds what this writer left, and writes back what is missing or changed.
        It records the inbox of a `chunk` without lines, of which there may be many in a second: then it
        compares no values.
        """
        answer = await self._publish(chunk)
        if answer[0] == b"full":
            return
        _, _, entries, *moved = answer
        self.calls.report_moved(moved)
        self.stats.heartbeats += 1
        if self._logged and not entries:
            # Every batch names the one before it, so no reader can take what follows for the whole.
            self._logged = False
            self.stats.restored += 1
            _log.warning(
                "the log in redis is gone; clients that need its ticks get a gap", partition=self.partition
            )
        if chunk is _HEARTBEAT:
            await self._bound_gateways()
            await self._mending.step()

    async def _bound_gateways(self, everything: bool = False) -> None:
        if self._gateways is not None:
            await self._gateways.bound(everything)

    async def keep_bars(self, kept: KeptBars) -> None:
        """Keep so many final bars of each symbol from now on. Longer lists are trimmed at once."""
        self.kept = kept
        keys = list(self.held.bars)
        for begin in range(0, len(keys), AT_ONCE):
            await self._trim([*as_arguments(kept), *keys[begin : begin + AT_ONCE]])

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
                *(self.calls.fence, self._epoch, str(self._id), self._n, str(keep)),
                *(self.broker.publish_command, len(chunk.ticks), chunk.lines),
                *(len(chunk.bars), chunk.bar_lines, *as_arguments(self.kept), len(self.held.symbols), 0),
                *(len(chunk.notices), chunk.notice_lines),
            ]
            if chunk.inbox is not None:
                args += chunk.inbox.arguments()
            answer = await self.calls.call(PUBLISH, self._keys.publish(chunk), args)
            if answer[0] == b"ok":
                self._full.accepted()
                if chunk.inbox is not None:
                    self.taken = chunk.inbox.position
                    self.stats.producers.add(chunk.inbox.counts)
                return answer
            if answer[0] == b"full":
                self._logged = self._logged and int(answer[2]) > 0
                await self._bound_gateways(everything=True)
                await self._full.refused(int(answer[1]), int(answer[2]))
                if chunk is _HEARTBEAT and self.reads_inbox:
                    return answer
                continue
            if answer[0] == b"partial":
                await self._restore(answer[1])
            elif not (self.calls.has_outbid and await self._claim_again()):
                await self._rebuild(answer[2])
            self._n = 1 if size else 0

    async def _claim_again(self) -> bool:
        """Claim the partition with a larger token; tell whether nothing but the token was changed."""
        epoch, newest = await self._claim()
        return epoch == self._epoch and parse_position(newest) == self._id

    async def _restore(self, key: bytes) -> None:
        """Write back what this writer remembers, in the same epoch: no value is lost to any reader.

        Ticks in Redis then are byte for byte what they were, so clients need not hear of it.
        """
        self._epoch, newest = await self._claim(renew=Renew.VALUES, symbols=self.held.symbols)
        self._id = parse_position(newest)
        self.stats.restored += 1
        _log.warning(
            "values were missing in redis, by DEL or eviction; wrote them back",
            key=key.decode(errors="replace"),
            symbols=len(self.held.symbols),
        )

    async def _rebuild(self, found: bytes) -> None:
        """Begin a new epoch in a Redis that lost data."""
        await self._begin_epoch()
        self.stats.lost_epochs += 1
        self.lost()
        await self.recover_inbox()
        _log.warning(
            "redis has lost data: began a new epoch; wrote back symbols, last values and newest bars",
            partition=self.partition,
            found=found.decode(errors="replace"),
            symbols=len(self.held.symbols),
        )

    async def _begin_epoch(self) -> None:
        """Begin a new epoch with an empty log, and write back what this writer remembers."""
        # If Redis lost the lease too, a standby may lead by now, and must not be disturbed.
        await self.broker.retry(self._confirm)
        self._epoch, newest = await self._claim(renew=Renew.EPOCH, symbols=self.held.symbols)
        self._n = 0
        self._logged = False
        self._id = parse_position(newest)
        self._retention.restart(self._id, 0)

    async def _claim(
        self, renew: Renew = Renew.NEITHER, symbols: dict[bytes, bytes] | None = None
    ) -> tuple[bytes, bytes]:
        last, bars = ({}, {}) if renew is Renew.NEITHER else (self.held.last, self.held.bars)
        self._offered = secrets.token_hex(8).encode()
        args: list[Argument] = [self.calls.fence, self._offered, renew.value, str(self._id)]
        for pairs in (symbols or {}, last, bars):
            args.append(len(pairs))
            args.extend(part for pair in pairs.items() for part in pair)
        args.append(self._source)
        if self._shape is not None and self.partition == 0:
            args.extend(self._shape)
        _, epoch, newest, *moved = await self.calls.call(CLAIM, self._keys.claim, args)
        self.calls.has_outbid = False
        self.calls.report_moved(moved)
        return epoch, newest
