"""Reads the inbox of one partition into its pipeline, from where Redis says that it was read to."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from tickcast.publisher.chunk import CHUNK_TICKS, Chunk
from tickcast.publisher.inbox.intake import TOO_LARGE, Intake, Taken
from tickcast.publisher.inbox.producers import Producers
from tickcast.publisher.inbox.step import InboxStep
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.scripts import LOOK, MOVE_ASIDE, RAISE
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.stats import ALL, OTHERS, Stats
from tickcast.publisher.validation import Validator
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import Failure, LinkDownError
from tickcast.wire.bounds import MAX_ENTRY_BYTES
from tickcast.wire.producer import encode_producer
from tickcast.wire.tick import Tick

FIRST_COUNT, MOST_COUNT = 16, 512
"""Entries read at once: first, and at most while they are small. All have to come within the timeout."""

PAGE_BYTES = 1024 * 1024
"""Bytes of the entries read at once, about."""

LOOK_AGAIN = 5.0
"""Seconds between two readings of what waits in the inbox, for the metrics."""

LARGEST = 2 * MAX_ENTRY_BYTES
"""Bytes of an entry that is read, at most: a larger one breaks a bound whatever it holds."""

TYPES = ("stream", "hash", "hash", "list")
"""Types of the inbox, the bytes held, the producers and the rejects."""

_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")
"""An id that Redis may have made; larger ones were written by hand, and soon none is left above them."""


Page = Sequence[tuple[bytes, Mapping[bytes, bytes]]]
_log = structlog.get_logger()


class InboxReader:
    """Takes what producers hand in to one partition. `run` it while its pipeline runs, then `close` it."""

    def __init__(
        self,
        pipeline: Pipeline,
        partitions: int,
        sequencer: Sequencer,
        validator: Validator,
        order_lock: asyncio.Lock,
        stats: Stats,
        queued: Callable[[Sequence[Tick]], None],
    ) -> None:
        """`order_lock` is held from numbering ticks to queueing them; `queued` is called with them then."""
        self._pipeline = pipeline
        self._writer = pipeline.writer
        self._sequencer = sequencer
        self._order_lock = order_lock
        self._stats = stats
        self._queued = queued
        self._producers = Producers()
        partition = pipeline.writer.partition
        self._intake = Intake(partition, partitions, self._producers, sequencer, validator)
        names = self._writer.names
        self._inbox, self._meta = names.inbox(partition), names.meta(partition)
        self._keys = [
            self._inbox,
            names.held(partition),
            names.producers(partition),
            names.rejects(partition),
        ]
        # A read waits for entries, so it has connections of its own.
        self._broker = self._writer.broker.another()
        self._position = "0-0"
        """Id of the last entry that was read."""
        self._look_again = 0.0
        self._count = FIRST_COUNT
        self._unsure = True
        """True if the next entry may be one that is too large to be read."""

    async def run(self) -> None:
        """Read until cancelled. Raises LinkRefusedError."""
        try:
            await self._begin()
            while True:
                await self._queue(await self._broker.retry(self._read))
                if time.monotonic() >= self._look_again:
                    await self._look_what_waits()
        finally:
            self._stats.producers.waiting.pop(self._writer.partition, None)

    async def close(self) -> None:
        """Close its connections, after `run` has ended."""
        await self._broker.close()

    async def _begin(self) -> None:
        """Go on where the last publisher stopped. The partition is claimed, so nobody else changes that."""
        retry = self._broker.retry
        await retry(self._move_aside)
        meta = await retry(lambda: self._broker.read_hash(self._meta))
        self._producers.restore(await retry(lambda: self._broker.read_hash(self._keys[2])))
        position = meta.get(b"in", b"0-0").decode("ascii", "replace")
        if _ID.fullmatch(position):
            self._position = position
            self._writer.taken = position if b"in" in meta else ""
        else:
            _log.error("the position in the inbox is no id; all of it is read", position=position[:40])
        await self._raise("start")
        self._writer.recover_inbox, self._writer.reads_inbox = self._recover, True

    async def _recover(self) -> None:
        """Let Redis, which has lost data, know again what was taken, and give larger ids to new entries."""
        await self._raise("lost")

    async def _raise(self, why: str) -> None:
        taken = self._writer.taken
        args: list[Argument] = [taken, _after(taken or "0-0"), self._position, why]
        if why == "lost":
            for producer, remembered in self._producers.held.items():
                args += [producer, encode_producer(remembered)]
        broker, keys = self._writer.broker, [self._meta, self._inbox, self._keys[2]]
        if moved := await broker.retry(lambda: broker.script(RAISE, keys, args)):
            _log.warning(
                "ids of the inbox were ahead of the clock of redis: gave other ids to its entries",
                partition=self._writer.partition,
                entries=moved,
            )

    async def _look_what_waits(self) -> None:
        """Read what waits, for the metrics."""
        self._look_again = time.monotonic() + LOOK_AGAIN
        producers = [name for name in self._stats.producers.held if name != OTHERS]
        fields = ["all", *(f"by {name}" for name in producers)]
        try:
            found = await self._broker.read_fields(self._keys[1], fields)
        except LinkDownError:
            return
        sizes = dict(zip([ALL, *producers], (int(size or 0) for size in found), strict=True))
        self._stats.producers.waiting[self._writer.partition] = sizes

    async def _move_aside(self) -> None:
        self._writer.calls.report_moved(await self._broker.script(MOVE_ASIDE, self._keys, TYPES))

    async def _read(self) -> Page:
        """Return the next entries, after a while none. Raises LinkError."""
        try:
            if self._unsure:
                entry_id, size = await self._broker.script(LOOK, [self._inbox], [self._position])
                if size > LARGEST:
                    return [(entry_id, {TOO_LARGE: b"%d" % size})]
            page = await self._broker.read_after(self._inbox, self._position, self._count)
        except LinkDownError as error:
            self._unsure, self._count = True, FIRST_COUNT
            if error.failure is not Failure.WRONG_TYPE:
                raise
            await self._move_aside()
            return []
        self._unsure = False
        if not page:
            # While a count of bytes has a wrong type nobody can hand in.
            await self._move_aside()
        elif not _ID.fullmatch(page[-1][0].decode("ascii")):
            await self._raise("renew")
            return []
        else:
            size = sum(len(value) for _, fields in page for value in fields.values())
            self._count = max(FIRST_COUNT, min(MOST_COUNT, PAGE_BYTES * len(page) // max(1, size)))
        return page

    async def _queue(self, page: Page) -> None:
        """Queue what the entries hold, in pieces of at most CHUNK_TICKS; each has whole entries."""
        taken: Taken | None = None
        for entry_id, fields in page:
            name = entry_id.decode("ascii")
            lines = fields.get(b"d", b"").count(b"\n") + 1
            if taken and (len(taken.ticks) + lines > CHUNK_TICKS or taken.must_end):
                await self._put(taken)
                taken = None
            taken = taken or Taken(InboxStep(name))
            self._intake.take(name, fields, taken)
            self._position = name
        if taken:
            await self._put(taken)

    async def _put(self, taken: Taken) -> None:
        # A partition that cannot be written must not hold the lock that the others need.
        await self._pipeline.room()
        async with self._order_lock:
            if not self._sequencer.leads_partition(self._writer.partition):
                return
            if taken.src is not None:
                self._sequencer.mark_invented(taken.src)
            chunks = self._sequencer.encode(taken.ticks)
            chunk = chunks.get(self._writer.partition) or Chunk([], b"")
            chunk.instruments = taken.instruments + chunk.instruments
            chunk.inbox, chunk.gap = taken.step if taken.is_recorded else None, taken.gap
            if said := self._sequencer.say(taken.notices).get(self._writer.partition):
                chunk.notices, chunk.notice_lines = said.notices, said.notice_lines
            await self._pipeline.put(chunk)
        self._queued(taken.ticks)


def _after(entry_id: str) -> str:
    """Return the first id after an entry's."""
    ms, seq = entry_id.split("-")
    return f"{ms}-{int(seq) + 1}"
