"""One term of leadership: from the lease to the end of the source, a signal, or another leader."""

import asyncio
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial

import structlog

from tickcast.publisher.bars.flow import BarFlow
from tickcast.publisher.bars.retention import BarRetention
from tickcast.publisher.lease import DeposedError, Lease
from tickcast.publisher.lease_keeper import LeaseKeeper
from tickcast.publisher.left_behind import warn_of_eviction
from tickcast.publisher.orders import Orders
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.recovery import valid_instruments
from tickcast.publisher.retirement import Retirement, RetirementRules
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.silence import Silence
from tickcast.publisher.source import Source, SourceMaker, reads_inbox, src_of
from tickcast.publisher.sources.times import MAX_AHEAD
from tickcast.publisher.stats import Stats
from tickcast.publisher.takeover import describe, for_each, recover, restore
from tickcast.publisher.tick_flow import TickFlow
from tickcast.publisher.validation import Validator
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.symbol import Case
from tickcast.wire.tick import Tick

FLUSH_TIMEOUT = 5.0
"""Seconds to write all queued ticks after a request to stop; a container is killed after ten."""

_log = structlog.get_logger()


class Ending(Enum):
    """Why a term ended."""

    SOURCE = "the source ended"
    STOPPED = "asked to stop"
    DEPOSED = "another publisher leads"
    LEFT = "gave its partitions to another publisher"


Held = Mapping[Lease, Mapping[int, Pipeline]]
"""Leases, and for each the pipelines of the partitions that it stands for, by partition."""


class Term:
    """Leads the partitions of some leases, with one source. `run` it once; the next term is another Term.

    It may lose or give up single leases on its way. It ends with the last of them.
    """

    def __init__(
        self,
        held: Held,
        partitions: int,
        make_source: SourceMaker,
        stats: Stats,
        bar_retention: BarRetention | None = None,
        max_ahead: float = MAX_AHEAD,
        case: Case = "upper",
        rules: RetirementRules = RetirementRules(),  # noqa: B008 - immutable
        orders: Orders | None = None,
        stale_after: float = 0.0,
    ) -> None:
        """`partitions` is the number of all partitions of the feed.

        If `bar_retention` is None, no bars are formed. `max_ahead` is in seconds: how far ahead of the clock
        the time of a tick may be. `case` is that of the symbols. `rules` say when symbols leave by
        themselves; if `orders` is None, no operator is obeyed. A symbol is stale after `stale_after` seconds
        without a tick; 0: never.
        """
        self._held = {lease: dict(pipelines) for lease, pipelines in held.items()}
        self._pipelines = {each: pipe for pipelines in held.values() for each, pipe in pipelines.items()}
        self._partitions = partitions
        self._make_source = make_source
        self._stats = stats
        self._max_ahead = max_ahead
        self._case: Case = case
        self._bars = BarFlow(self._pipelines, bar_retention)
        self._sequencer = Sequencer(partitions, self._bars.formers, self._pipelines)
        self._ticks = TickFlow(self._pipelines, self._sequencer, self._bars.order_lock, stats)
        self._retirement = Retirement(
            rules, self._pipelines, self._sequencer, orders, self._ticks.say, self._ticks.put
        )
        self._silence = Silence(stale_after, self._sequencer, self._ticks.say_now)
        for pipeline in self._pipelines.values():
            pipeline.writer.lost = partial(self._verify_others, pipeline)
        self._broker = next(iter(self._pipelines.values())).writer.broker
        self._keeper = LeaseKeeper(held, self._deposed_of)
        self._source: Source | None = None
        self._writing: dict[int, asyncio.Task[None]] = {}
        self._ended = asyncio.Event()
        self._deposed = False
        self._inbox = False
        """True if ticks are handed in, and stay in the inbox until they are written."""
        self.leading = asyncio.Event()
        """Set when all partitions are taken over and ticks may flow."""

    @property
    def leases(self) -> list[Lease]:
        """The leases that this term still holds."""
        return list(self._held)

    @property
    def pending(self) -> int:
        """Number of ticks from the source that Redis does not have yet."""
        return self._ticks.pending

    async def run(self, stop: asyncio.Event) -> Ending:
        """Lead until the source ends, `stop` is set or no lease is left.

        Unless deposed, write all ticks of the source first, for at most FLUSH_TIMEOUT after `stop`. Ticks
        that were taken from the source and are not written by then are dropped, counted and logged.
        Raises SourceError, LinkRefusedError, ShapeError, and any error of a faulty source.
        """
        self._stats.led += len(self._pipelines)
        try:
            async with asyncio.TaskGroup() as group:
                working = group.create_task(self._work(stop, group))
                stopping = group.create_task(stop.wait())
                leaving = group.create_task(self._ended.wait())
                helpers = [group.create_task(self._keeper.run()), stopping, leaving]
                await asyncio.wait({working, stopping, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not leaving.done():
                    await asyncio.wait({working, leaving}, timeout=FLUSH_TIMEOUT, return_when=FIRST_COMPLETED)
                for task in (working, *helpers):
                    task.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            if self.pending:
                self._report_dropped(self.pending)
            self._ticks.end()
            self._stats.led -= len(self._pipelines)
        if self._ended.is_set():
            return Ending.DEPOSED if self._deposed else Ending.LEFT
        return Ending.STOPPED if stop.is_set() else Ending.SOURCE

    async def give_up(self, leases: Iterable[Lease]) -> None:
        """Let another publisher lead the partitions of some leases, once all their ticks are written."""
        await asyncio.gather(*(self._give_up(lease) for lease in leases))

    async def _give_up(self, lease: Lease) -> None:
        if lease not in self._held:
            return
        for partition in list(self._held[lease]):
            # What its reader takes of the inbox from now on could not be numbered.
            await self._ticks.left(partition)
        async with self._bars.order_lock:
            for partition in self._held.get(lease, ()):
                self._sequencer.leave(partition)
        if (keep := getattr(self._source, "keep", None)) is not None:
            keep(self._sequencer.leads)
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                for partition, pipeline in self._held.get(lease, {}).items():
                    await self._bars.leave(partition)
                    await pipeline.flushed()
        self._leave(lease)
        with suppress(LinkError):
            await lease.release()

    def _deposed_of(self, lease: Lease, error: DeposedError) -> None:
        if lease in self._held:
            _log.warning("stepping down", reason=str(error), partitions=sorted(self._held[lease]))
            self._stats.depositions += 1
            lease.back_off()
            self._deposed = True
            self._leave(lease)

    def _leave(self, lease: Lease) -> None:
        """Stop leading the partitions of a lease; what is not written of them is dropped."""
        self._keeper.let_go(lease)
        for partition, pipeline in self._held.pop(lease, {}).items():
            self._sequencer.leave(partition)
            self._bars.forget(partition)
            self._ticks.leave(partition)
            if (task := self._writing.pop(partition, None)) is not None:
                task.cancel()
            if pipeline.pending:
                self._report_dropped(pipeline.pending)
            pipeline.close()
            if self._pipelines.pop(partition, None) is not None:
                self._stats.led -= 1
        if not self._held:
            self._ended.set()

    async def _work(self, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        self._source = source = await self._take_over()
        self._writing = {
            partition: group.create_task(self._write(partition)) for partition in self._pipelines
        }
        others = (
            *(self._bars.sweep(), self._retirement.run(), self._silence.run()),
            warn_of_eviction(self._broker, self._partitions),
        )
        helpers = [group.create_task(other) for other in others]
        self.leading.set()
        validator = Validator(source, self._stats, self._max_ahead, self._case)
        for instrument in self._sequencer.fixed():
            validator.describe(instrument)
        flow = self._ticks.read_inbox if self._inbox else self._ticks.feed
        try:
            await flow(source, validator, stop)
        except Exception:
            # Write the ticks that the source yielded before it failed.
            await self._flush()
            raise
        else:
            await self._flush()
        finally:
            await end_tasks([*helpers, *self._writing.values()])

    async def _write(self, partition: int) -> None:
        try:
            await self._pipelines[partition].run()
        except DeposedError as error:
            for lease in [each for each, pipelines in self._held.items() if partition in pipelines]:
                self._deposed_of(lease, error)

    async def _flush(self) -> None:
        await self._bars.flush()
        for pipeline in list(self._pipelines.values()):
            await pipeline.flushed()

    async def _take_over(self) -> Source:
        """Become the writer of every partition, recover the last publisher's data, and return the source."""
        await next(iter(self._pipelines.values())).writer.verify_shape()
        await self._for_each_led(lambda pipeline: pipeline.writer.claim())
        last: dict[str, Tick] = {}
        found: dict[Pipeline, dict[str, tuple[Tick, int]]] = {}
        for pipeline in list(self._pipelines.values()):
            found[pipeline] = restore(pipeline, self._sequencer, self._partitions)
            last |= {symbol: tick for symbol, (tick, _) in found[pipeline].items()}
            await asyncio.sleep(0)
        await self._for_each_led(lambda pipeline: recover(pipeline, self._bars, found[pipeline]))
        source = self._make_source(last, self._sequencer.leads)
        self._inbox = reads_inbox(source)
        self._sequencer.mark_invented(src_of(source))
        instruments = self._sequencer.mark_described(valid_instruments(source, self._case))
        await self._for_each_led(lambda pipeline: describe(pipeline, instruments, self._sequencer))
        _log.info("leading", partitions=len(self._pipelines), symbols_restored=len(last))
        return source

    async def _for_each_led(self, work: Callable[[Pipeline], Awaitable[None]]) -> None:
        """Do `work` for the pipeline of each partition; those of a lease that is lost meanwhile are left."""

        async def one(lease: Lease, pipeline: Pipeline) -> None:
            if lease in self._held:
                try:
                    await work(pipeline)
                except DeposedError as error:
                    self._deposed_of(lease, error)

        each = [(lease, pipe) for lease, pipelines in self._held.items() for pipe in pipelines.values()]
        await for_each(each, lambda pair: one(*pair))

    def _verify_others(self, found: Pipeline) -> None:
        """One FLUSHALL takes all partitions: look at once, so that readers meet one loss and not many."""
        for pipeline in self._pipelines.values():
            if pipeline is not found:
                pipeline.verify_now()

    def _report_dropped(self, ticks: int) -> None:
        if self._inbox:
            return
        self._stats.dropped_ticks += ticks
        # A later term does not publish them: the new leader has published newer prices since then, and
        # readers take the last tick of a symbol for its newest price.
        why = "another publisher took over" if self._deposed else "there was no time to write them"
        _log.error("ticks of the source are dropped", ticks=ticks, reason=why)
