"""Puts the ticks, instruments and notices of a term into the pipelines of their partitions, in order."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing

import structlog

from tickcast.publisher.chunk import CHUNK_NOTICES, CHUNK_TICKS, Chunk
from tickcast.publisher.inbox.reader import InboxReader
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.receipts import Receipt, receipts_of
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.source import Source
from tickcast.publisher.source_reader import lists_of
from tickcast.publisher.stats import Stats
from tickcast.publisher.validation import Validator
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.inbox import Description
from tickcast.wire.notice import Notice
from tickcast.wire.tick import Tick

_log = structlog.get_logger()


class TickFlow:
    """The way from a source, or from the inboxes, into the pipelines. `end` it when its term has ended."""

    def __init__(
        self,
        pipelines: Mapping[int, Pipeline],
        sequencer: Sequencer,
        order_lock: asyncio.Lock,
        stats: Stats,
    ) -> None:
        """`pipelines` are those of the partitions that are led now; the term takes out what it leaves.

        `order_lock` is held from numbering ticks to queueing them.
        """
        self._pipelines = pipelines
        self._sequencer = sequencer
        self._order_lock = order_lock
        self._stats = stats
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._unqueued = 0  # ticks of the source that are not in a pipeline yet
        self._shown = (0, 0)  # pending ticks and symbols of this term that those of `stats` have

    @property
    def pending(self) -> int:
        """Number of ticks from the source that Redis does not have yet."""
        return self._unqueued + sum(pipeline.pending for pipeline in self._pipelines.values())

    async def feed(self, source: Source, validator: Validator, stop: asyncio.Event) -> None:
        """Publish what a source yields until its end or until `stop` is set. Raises what it raises."""
        receipts = receipts_of(source)
        async with aclosing(lists_of(source, stop)) as lists:
            async for items in lists:
                receipt = receipts.begin() if receipts is not None else None
                runs = list(validator.split(items))
                self._unqueued = sum(len(run.ticks) for run in runs)
                for ticks, descriptions, notices in runs:
                    await self._enqueue(ticks, receipt)
                    await self._describe(descriptions, receipt)
                    await self.say(notices, receipt)
                if receipt is not None:
                    receipt.close()

    async def read_inbox(self, source: Source, validator: Validator, stop: asyncio.Event) -> None:
        """Publish what producers hand in to the partitions that are led, until `stop` is set."""
        shared = (self._sequencer, validator, self._order_lock, self._stats, self._note_queued)
        make: Callable[..., InboxReader] = getattr(source, "reader", InboxReader)
        readers = {
            each: make(pipe, self._sequencer.partitions, *shared) for each, pipe in self._pipelines.items()
        }
        self._reading = {each: asyncio.create_task(reader.run()) for each, reader in readers.items()}
        stopping = asyncio.create_task(stop.wait())
        try:
            # The reader of a partition that is left is cancelled.
            while not stopping.done():
                running = {each for each in self._reading.values() if not each.done()}
                done, _ = await asyncio.wait({stopping, *running}, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if not task.cancelled():
                        task.result()
        finally:
            await end_tasks([stopping, *self._reading.values()])
            for reader in readers.values():
                await reader.close()

    def leave(self, partition: int) -> None:
        """Read the inbox of a partition no longer."""
        if (task := self._reading.get(partition)) is not None:
            task.cancel()

    async def left(self, partition: int) -> None:
        """Read the inbox of a partition no longer; return when its reader has ended."""
        self.leave(partition)
        if (task := self._reading.get(partition)) is not None:
            await asyncio.wait({task})

    async def say(self, notices: list[Notice], receipt: Receipt | None = None) -> None:
        """Queue notices behind the ticks that came before them."""
        for begin in range(0, len(notices), CHUNK_NOTICES):
            async with self._order_lock:
                await self._say(notices[begin : begin + CHUNK_NOTICES], receipt)
            self._show(self.pending, self._sequencer.symbols)

    async def say_now(self, look: Callable[[Callable[[str], bool]], list[Notice]]) -> bool:
        """Queue the notices that `look` returns: nothing comes between what it looks at and what it says.

        It gets a function that tells whether a notice of a symbol can be queued without a wait. Return
        whether there were notices.
        """
        async with self._order_lock:
            notices = look(self._has_room)
            await self._say(notices, None)
        return bool(notices)

    def _has_room(self, symbol: str) -> bool:
        pipeline = self._pipelines.get(self._sequencer.partition_of(symbol))
        return pipeline is not None and pipeline.has_room

    async def _say(self, notices: list[Notice], receipt: Receipt | None) -> None:
        for partition, chunk in self._sequencer.say(notices).items():
            _expect(chunk, receipt)
            if (pipeline := self._pipelines.get(partition)) is not None:
                await pipeline.put(chunk)

    async def _describe(self, descriptions: list[Description], receipt: Receipt | None) -> None:
        """Queue what a source says of its symbols before the ticks that come after it."""
        if not descriptions:
            return
        async with self._order_lock:
            for partition, chunk in self._sequencer.introduce(descriptions).items():
                _expect(chunk, receipt)
                if (pipeline := self._pipelines.get(partition)) is not None:
                    await pipeline.put(chunk)
        self._show(self.pending, self._sequencer.symbols)

    async def put(self, partition: int, chunk: Chunk) -> None:
        """Queue a chunk of a partition, if it is led still."""
        async with self._order_lock:
            if (pipeline := self._pipelines.get(partition)) is not None:
                await pipeline.put(chunk)

    def end(self) -> None:
        """Take what this flow has counted out of what the metrics show as standing."""
        self._show(0, 0)

    async def _enqueue(self, ticks: list[Tick], receipt: Receipt | None) -> None:
        for begin in range(0, len(ticks), CHUNK_TICKS):
            async with self._order_lock:
                chunk = ticks[begin : begin + CHUNK_TICKS]
                left = self._unqueued - len(chunk)
                for partition, encoded in self._sequencer.encode(chunk).items():
                    _expect(encoded, receipt)
                    pipeline = self._pipelines.get(partition)
                    if pipeline is None or not await pipeline.put(encoded):
                        # The partition was lost meanwhile.
                        self._stats.dropped_ticks += len(encoded.ticks)
                    self._unqueued -= len(encoded.ticks)
                self._unqueued = left  # without ticks that were refused
        if self._sequencer.refused and not self._stats.refused_ticks:
            _log.error("too many symbols: ticks of new symbols are refused", limit=MAX_SYMBOLS)
        self._stats.refused_ticks += self._sequencer.refused
        self._sequencer.refused = 0
        self._note_queued(ticks)

    def _note_queued(self, ticks: Sequence[Tick]) -> None:
        if ticks:
            self._stats.newest_time = ticks[-1].time
        self._show(self.pending, self._sequencer.symbols)

    def _show(self, pending: int, symbols: int) -> None:
        # Other terms of this publisher show theirs beside.
        self._stats.pending += pending - self._shown[0]
        self._stats.symbols += symbols - self._shown[1]
        self._shown = pending, symbols


def _expect(chunk: Chunk, receipt: Receipt | None) -> None:
    if receipt is not None:
        receipt.expect(chunk)
