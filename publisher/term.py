"""One term of leadership: from the lease to the end of the source, a signal, or another leader."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from enum import Enum

import structlog

from tickcast.publisher.bars.flow import BarFlow
from tickcast.publisher.bars.retention import BarRetention
from tickcast.publisher.lease import DeposedError, Lease
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.recovery import last_ticks, stored_instruments, valid_instruments
from tickcast.publisher.sequencer import CHUNK_TICKS, Sequencer
from tickcast.publisher.source import Source
from tickcast.publisher.stats import Stats
from tickcast.publisher.validation import Validator
from tickcast.runtime.redis.errors import LinkDownError
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.instrument import Instrument
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick

FLUSH_TIMEOUT = 5.0
"""Seconds to write all queued ticks after a request to stop; a container is killed after ten."""

_log = structlog.get_logger()


class Ending(Enum):
    """Why a term ended."""

    SOURCE = "the source ended"
    STOPPED = "asked to stop"
    DEPOSED = "another publisher leads"


class Term:
    """Leads with one fencing token. `run` it once; the next term is another Term."""

    def __init__(
        self,
        pipelines: list[Pipeline],
        lease: Lease,
        make_source: Callable[[dict[str, Tick]], Source],
        stats: Stats,
        bar_retention: BarRetention | None = None,
    ) -> None:
        """Take one pipeline for each partition. `make_source` gets the newest tick of each symbol in Redis.

        If `bar_retention` is None, no bars are formed.
        """
        self._pipelines = pipelines
        self._lease = lease
        self._make_source = make_source
        self._stats = stats
        self._bars = BarFlow(pipelines, bar_retention)
        self._sequencer = Sequencer(len(pipelines), self._bars.formers)
        self._done = False
        self._unqueued = 0  # ticks of the source that are not in a pipeline yet

    @property
    def pending(self) -> int:
        """Number of ticks from the source that Redis does not have yet."""
        return self._unqueued + sum(pipeline.pending for pipeline in self._pipelines)

    async def run(self, stop: asyncio.Event) -> Ending:
        """Lead until the source ends, `stop` is set or another publisher leads.

        Unless deposed, write all ticks of the source first, for at most FLUSH_TIMEOUT after `stop`.
        Raises SourceError, LinkRefusedError, PartitionsChangedError, and any error of a faulty source.
        """
        try:
            async with asyncio.TaskGroup() as group:
                working = group.create_task(self._work(stop, group))
                working.add_done_callback(self._finish)
                helpers = [group.create_task(self._keep_lease()), group.create_task(stop.wait())]
                await asyncio.wait({working, helpers[1]}, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.wait({working}, timeout=FLUSH_TIMEOUT)
                for task in (working, *helpers):
                    task.cancel()
        except ExceptionGroup as failures:
            failure = failures.exceptions[0]
            if not isinstance(failure, DeposedError):
                raise failure from None
            _log.warning("stepping down", reason=str(failure))
            return Ending.DEPOSED
        finally:
            self._count_dropped()
        return Ending.STOPPED if stop.is_set() else Ending.SOURCE

    async def _work(self, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        source = await self._take_over()
        writing = [group.create_task(pipeline.run()) for pipeline in self._pipelines]
        writing.append(group.create_task(self._bars.sweep()))
        try:
            await self._feed(source, stop)
        except Exception:
            # Write the ticks that the source yielded before it failed.
            await self._flush()
            raise
        else:
            await self._flush()
        finally:
            await end_tasks(writing)

    async def _flush(self) -> None:
        await self._bars.flush()
        for pipeline in self._pipelines:
            await pipeline.flushed()

    async def _take_over(self) -> Source:
        """Become the writer of every partition, recover the last publisher's data, and return the source."""
        for pipeline in self._pipelines:
            await pipeline.writer.claim()
        last: dict[str, Tick] = {}
        for pipeline in self._pipelines:
            found = {each[0].symbol: each for each in last_ticks(pipeline.writer, len(self._pipelines))}
            for symbol, (tick, q) in found.items():
                last[symbol] = tick
                self._sequencer.restore(symbol, q)
            await self._bars.recover(pipeline, found)
            self._sequencer.restore_instruments(stored_instruments(pipeline.writer))
        source = self._make_source(last)
        await self._describe(valid_instruments(source))
        _log.info("leading", partitions=len(self._pipelines), symbols_restored=len(last))
        return source

    async def _describe(self, instruments: list[Instrument]) -> None:
        self._sequencer.mark_described(each.symbol for each in instruments)
        by_partition: dict[int, list[Instrument]] = {}
        for each in instruments:
            place = partition_of(each.symbol.encode("ascii"), len(self._pipelines))
            by_partition.setdefault(place, []).append(each)
        for place, found in by_partition.items():
            await self._pipelines[place].writer.write_instruments(found)

    async def _feed(self, source: Source, stop: asyncio.Event) -> None:
        validator = Validator(source, self._stats)
        iterator = aiter(source)
        stopping = asyncio.create_task(stop.wait())
        pulling: asyncio.Task[list[list[Tick]]] | None = None
        try:
            while True:
                pulling = asyncio.create_task(_pull(iterator))
                await asyncio.wait({pulling, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not pulling.done() or not (pulled := pulling.result()):
                    return
                await self._enqueue(validator.validate(pulled[0]))
        finally:
            stopping.cancel()
            await _close(iterator, pulling)

    async def _enqueue(self, ticks: list[Tick]) -> None:
        self._unqueued = len(ticks)
        for begin in range(0, len(ticks), CHUNK_TICKS):
            async with self._bars.order_lock:
                chunk = ticks[begin : begin + CHUNK_TICKS]
                for partition, encoded in self._sequencer.encode(chunk).items():
                    await self._pipelines[partition].put(encoded)
                    self._unqueued -= len(encoded.ticks)
        self._unqueued = 0
        if self._sequencer.refused and not self._stats.refused_ticks:
            _log.error("too many symbols: ticks of new symbols are refused", limit=MAX_SYMBOLS)
        self._stats.refused_ticks += self._sequencer.refused
        self._sequencer.refused = 0
        if ticks:
            self._stats.newest_time = ticks[-1].time
        self._stats.pending = self.pending

    def _finish(self, _: asyncio.Task[None]) -> None:
        self._done = True

    async def _keep_lease(self) -> None:
        # Python 3.11's wait_for can lose a cancellation during a call to Redis, and there is only one.
        while not self._done:
            await asyncio.sleep(self._lease.seconds / 4)
            # While Redis is away nobody else can take the lease; the fencing token guards all other cases.
            with suppress(LinkDownError):
                await self._lease.renew()

    def _count_dropped(self) -> None:
        if self.pending:
            self._stats.dropped_ticks += self.pending
            _log.error("queued ticks were not published", ticks=self.pending)
        self._stats.pending = 0


async def _pull(iterator: AsyncIterator[list[Tick]]) -> list[list[Tick]]:
    """Return the source's next list of ticks, in a list; an empty list at its end."""
    try:
        return [await anext(iterator)]
    except StopAsyncIteration:
        return []


async def _close(iterator: AsyncIterator[list[Tick]], pulling: asyncio.Task[list[list[Tick]]] | None) -> None:
    # Stop the generator first: a running generator cannot be closed.
    if pulling is not None:
        pulling.cancel()
        await asyncio.wait({pulling})
    if isinstance(iterator, AsyncGenerator):
        await iterator.aclose()
