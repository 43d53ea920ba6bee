"""Takes what the delayer keeps when it is due, and the gaps and signs of life among it."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from tickcast.publisher.chunk import CHUNK_NOTICES
from tickcast.publisher.delay.clock import FeedClock
from tickcast.publisher.delay.copier import PAUSE, Copier
from tickcast.publisher.delay.entries import due, has_lines, lines_of
from tickcast.publisher.delay.kept import Kept
from tickcast.publisher.inbox.intake import Taken
from tickcast.publisher.inbox.reader import LOOK_AGAIN, InboxReader, Page
from tickcast.publisher.inbox.step import InboxStep
from tickcast.publisher.pipeline import HEARTBEAT, Pipeline
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.shape import Shape
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.names import FeedNames
from tickcast.wire.notice import Notice, Retired

LOOK = 1.0
"""Seconds between two looks at the clock, at most: that of Redis may be set."""

ALIVE = 2 * HEARTBEAT
"""Seconds for which one sign of life lets heartbeats be sent."""


class HeldReader(InboxReader):
    """Reads one partition. Heartbeats are sent only while the other feed had some at that time."""

    def __init__(
        self,
        feed: FeedNames,
        shape: Shape,
        delay: int,
        most: int,
        pipeline: Pipeline,
        partitions: int,
        sequencer: Sequencer,
        *others: Any,
    ) -> None:
        """`feed` is the one to delay, `delay` is in ms, `most` are the bytes that may wait.

        `pipeline` and what follows are those of `InboxReader`.
        """
        super().__init__(pipeline, partitions, sequencer, *others)
        # The other feed's prices are rounded, and its tick sizes may become finer.
        self._intake.fixes = False
        self._delay = delay * 1000
        self._read_to = ""
        """Id of the last entry that was read, and may not be due yet."""
        self._kept = Kept(self._delay)
        self._clock = FeedClock(self._kept.wait)
        writer = pipeline.writer
        self._copier = Copier(
            *(writer.broker, feed, writer.partition, shape, most),
            *(self._clock, self._kept, writer.stats, lambda: self._read_to or self._position),
        )
        self._fed_until = 0.0
        pipeline.is_fed = lambda: time.monotonic() < self._fed_until
        self._since_gap: InboxStep | None = None
        """What is to be recorded at the end of the newest values behind a gap; None where none are read.

        So whoever takes over in between begins at the gap again.
        """
        self._symbols: set[str] = set()
        """Symbols among those values."""

    async def run(self) -> None:
        """Copy and read until cancelled. Raises LinkRefusedError, ShapeError."""
        tasks = [asyncio.create_task(each) for each in (self._copier.run(), super().run(), self._look())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end_tasks(tasks)

    async def close(self) -> None:
        """Close all connections, after `run` has ended."""
        await self._copier.close()
        await super().close()

    async def _look(self) -> None:
        """Look what waits, also while nothing is due."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            await self._look_what_waits()

    async def _queue(self, page: Page) -> None:
        """Queue what a page holds, each entry when it is due."""
        if page:
            self._read_to = page[-1][0].decode("ascii")
        for entry_id, fields in page:
            name = entry_id.decode("ascii")
            if (at := due(fields)) is not None:
                await self._until(name, at)
            await self._release(name, fields)

    async def _until(self, name: str, at: int) -> None:
        """Wait until an entry is due, which Redis dated `at`."""
        while (over := self._overdue(name, at)) < 0:  # noqa: ASYNC110 - time is what is awaited
            await asyncio.sleep(min(LOOK, max(0.001, -over)))
        if over < ALIVE:
            self._fed_until = time.monotonic() + ALIVE

    def _overdue(self, name: str, at: int) -> float:
        """Return for how many seconds an entry is due; less than 0: it is not yet."""
        age = self._clock.age(at)
        # Without a date that can be counted from, as after the clock was set back, it is due all the same.
        by_date = -PAUSE if age is None else (age - self._delay) / 1e6
        return max(by_date, self._kept.overdue(name))

    async def _release(self, name: str, fields: Mapping[bytes, bytes]) -> None:
        taken = Taken(InboxStep(name), gap=fields.get(b"gap", b"").decode("ascii", "replace")[:80])
        if taken.gap:
            self._since_gap, self._symbols = InboxStep(name), set()
        if has_lines(fields) or due(fields) is None:
            self._take(name, fields, taken)
        else:
            taken.step.freed = self._intake.freed(fields)
        if self._since_gap is not None:
            self._symbols.update(tick.symbol for tick in taken.ticks)
            self._symbols.update(each.symbol for each in taken.instruments)
            self._since_gap.add(taken.step)
            taken.is_recorded = False
            if b"end" in fields:
                await self._retire_missing()
                taken.step, taken.is_recorded, self._since_gap = self._since_gap, True, None
        self._position = name
        await self._put(taken)

    def _take(self, name: str, fields: Mapping[bytes, bytes], taken: Taken) -> None:
        try:
            if due(fields) is None:
                raise ValueError("no delayer has kept it")
            plain = lines_of(fields)
        except ValueError as error:
            self._intake.refuse(name, fields, str(error), taken)
            return
        taken.src = fields.get(b"src", b"").decode("ascii", "replace")
        self._intake.take(name, plain, taken)

    async def _retire_missing(self) -> None:
        """Retire the symbols that the other feed had no more behind a gap, all of whose values were read."""
        own = self._sequencer.known(self._writer.partition)
        gone: list[Notice] = [Retired(each, "source") for each in sorted(own - self._symbols)]
        for begin in range(0, len(gone), CHUNK_NOTICES):
            async with self._order_lock:
                for chunk in self._sequencer.say(gone[begin : begin + CHUNK_NOTICES]).values():
                    await self._pipeline.put(chunk)
