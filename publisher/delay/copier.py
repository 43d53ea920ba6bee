"""Copies one partition of a feed to where it waits until it is due.

What was copied follows without a hole on what was copied before: each batch names the one before it, and the
step that keeps entries notes up to which batch. Where batches are missing, because the log did not reach back
far enough, what waited is gone, or there was no room, a gap is kept, and the newest values of all symbols
behind it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from tickcast.publisher.broker import Broker, LogEntries
from tickcast.publisher.delay.clock import FeedClock
from tickcast.publisher.delay.dating import Dating
from tickcast.publisher.delay.described import Described
from tickcast.publisher.delay.entries import Builder, Fields, as_arguments, mark, whole
from tickcast.publisher.delay.kept import Kept
from tickcast.publisher.delay.scripts import HOLD, SNAPSHOT, STANDING, STOPPED
from tickcast.publisher.shape import Shape, ShapeError
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.rejects import Rejects
from tickcast.wire.batch import Batch, BatchError, decode_batch
from tickcast.wire.names import DelayedNames, FeedNames
from tickcast.wire.position import START, PositionError, parse_position

PAUSE = 0.1
"""Seconds between two readings where there is nothing more: what comes meanwhile is kept as one entry."""

MARK = 1_000_000
"""µs between two marks that the feed is alive, about: as often as a publisher sends heartbeats."""

FRESH = 3_000_000
"""µs for which a sign of life of the feed's publisher counts."""

FIRST_PAGE, MOST_PAGE = 16, 512
"""Batches read at once: first, and at most while they are small. All have to come within the timeout."""

PAGE_BYTES = 1024 * 1024
"""Bytes of the batches read at once, about."""

ROOM_AGAIN = 7 / 8
"""Part of the bound below which there is room again, once there was none."""

BEGINS, EPOCH, MISSING, LOST, FULL = (
    "the copy begins",
    "the feed began a new epoch",
    "the log has lost batches",
    "what waited is gone from redis",
    "there was no room",
)
"""Why there is a gap."""

_log = structlog.get_logger()


class Copier:
    """Copies one partition. `run` it while this program leads the partition of the delayed feed."""

    def __init__(
        self,
        broker: Broker,
        feed: FeedNames,
        partition: int,
        shape: Shape,
        most: int,
        clock: FeedClock,
        kept: Kept,
        stats: Stats,
        read_to: Callable[[], str],
    ) -> None:
        """`broker` is that of the delayed feed, `feed` has the names of the other one, `shape` is of both.

        `most` are the bytes that may wait; `read_to` returns the last entry that was read of what waits.
        """
        # A read may take long, so it has connections of its own.
        self._broker = broker.another()
        self._partition = partition
        self._shape = shape
        self._most = most
        self._dating = Dating(self._broker, partition, clock)
        self._kept = kept
        self._read_to = read_to
        self._stats = stats
        own = broker.names
        assert isinstance(own, DelayedNames)
        self._hold_keys = [
            *(own.inbox(partition), own.held(partition), own.copied(partition), own.clock(partition)),
        ]
        self._meta, self._log = feed.meta(partition), feed.log(partition)
        self._whole_keys = [self._meta, feed.last(partition), feed.symbols(partition)]
        self._described = Described(self._broker, feed.symbols(partition))
        self._epoch = self._id = ""
        self._copied = ""
        """What Redis has as `copied`."""
        self._read = "0-0"
        """Id of the last entry of the log that was read."""
        self._count = FIRST_PAGE
        self._has_more = False
        """True if the log may have more than was read."""
        self._marked = 0
        self._rejects = Rejects("warning", 5)

    async def close(self) -> None:
        """Close its connections, after `run` has ended."""
        await self._broker.close()

    async def run(self) -> None:
        """Copy until cancelled. Raises LinkRefusedError, ShapeError."""
        copied, note = await self._broker.retry(lambda: self._broker.script(STOPPED, self._hold_keys[2:], []))
        self._dating.go_on(note, bool(copied))
        self._go_on(copied)
        while True:
            if not await self._step():
                await asyncio.sleep(PAUSE)

    def _go_on(self, copied: bytes) -> None:
        """Go on behind the batch that `copied` names."""
        self._copied = copied.decode("ascii", "replace")
        words = self._copied.split(" ")
        self._epoch, self._id = (words[0], words[1]) if len(words) == 3 else ("", "")
        self._read = self._id or "0-0"
        self._kept.note(words[-1])

    async def _step(self) -> bool:
        """Copy the next page; tell whether there may be more at once."""
        now, standing = await self._dating.ask(STANDING, [self._meta])
        epoch, newest, sent, *shape = (each.decode("ascii", "replace") for each in standing)
        if not epoch or not newest:
            return False
        if self._partition == 0 and shape[0] and shape != [str(self._shape.partitions), self._shape.case]:
            raise ShapeError(
                f"the feed has {shape[0]} partitions and the case {shape[1]} now: start the delayer again"
            )
        if not self._epoch:
            await self._begin_again(BEGINS)
        elif epoch != self._epoch:
            await self._begin_again(EPOCH)
        elif await self._copy(newest, now):
            return True
        heard = int(sent) if sent.isdigit() and len(sent) <= 16 else 0
        if self._epoch and heard >= self._marked + MARK and abs(now - heard) < FRESH:
            self._marked = heard
            await self._keep([mark(heard)], self._epoch, self._id)
        elif heard < self._marked - MARK:
            # The clock of Redis was set back.
            self._marked = 0
        return False

    async def _copy(self, newest: str, now: int) -> bool:
        """Copy what the log has, up to `newest` at least; tell whether there may be more at once."""
        page = await self._broker.retry(self._page)
        builder, last = Builder(), self._id
        batches: list[Batch] = []
        for entry_id, fields in page:
            self._read = entry_id.decode("ascii")
            batch = self._batch(fields.get(b"b", b""))
            if batch is None:
                continue
            if str(batch.prev) != last:
                await self._begin_again(MISSING)
                return False
            batches.append(self._dating.date(batch))
            last = str(batch.id)
        if not page and newest != self._id:
            await self._begin_again(MISSING)
            return False
        ticks = (symbol for batch in batches for symbol, _ in batch.ticks)
        for json in await self._described.news(ticks):
            builder.describe(json, batches[0].sent if batches else now)
        for batch in batches:
            builder.add(batch)
        entries = builder.entries()
        if entries or last != self._id:
            await self._keep(entries, self._epoch, last)
        if not self._has_more:
            self._dating.has_all(now)
        return self._has_more

    async def _page(self) -> LogEntries:
        page = await self._broker.read_between(self._log, self._read, self._count)
        self._has_more = len(page) == self._count
        if page:
            size = sum(len(value) for _, fields in page for value in fields.values())
            self._count = max(FIRST_PAGE, min(MOST_PAGE, PAGE_BYTES * len(page) // max(1, size)))
        return page

    def _batch(self, data: bytes) -> Batch | None:
        """Return a batch of this epoch; None for what is none, which another program wrote."""
        try:
            batch = decode_batch(data)
        except BatchError as error:
            self._rejects.add("left out an entry of the log", partition=self._partition, error=str(error))
            return None
        return batch if batch.epoch == self._epoch else None

    async def _keep(self, entries: Sequence[Fields], epoch: str, newest: str) -> None:
        """Keep entries of batches up to `newest`; where they cannot be kept, begin again behind a gap."""
        answer = await self._hold(entries, epoch, newest)
        if answer[0] == b"full":
            await self._wait_for_room(int(answer[1]))
            await self._begin_again(FULL)
        elif answer[0] == b"lost":
            await self._begin_again(LOST)
        elif answer[0] == b"other" and not self._is_ahead(answer[1]):
            # A replica that was promoted has less than what was kept: it may have been read, or not.
            self._copied = answer[1].decode("ascii", "replace")
            await self._begin_again(LOST)
        else:
            # Of another: the answer to an earlier try was lost, or another delayer is still at work.
            if answer[0] == b"other":
                # Descriptions may be lost that belong to no batch.
                self._described.know(())
            self._go_on(answer[1])

    async def _hold(self, entries: Sequence[Fields], epoch: str, newest: str) -> list[bytes]:
        is_gap = entries and b"gap" in entries[0]

        async def hold() -> list[bytes]:
            after = self._read_to() if is_gap else ""
            args: list[Argument] = [self._copied, epoch, newest, self._most, after, self._dating.note()]
            found: list[bytes] = await self._broker.script(
                HOLD, self._hold_keys, [*args, *as_arguments(entries)]
            )
            return found

        return await self._broker.retry(hold)

    def _is_ahead(self, copied: bytes) -> bool:
        """Tell whether what Redis has as `copied` is of this epoch, and not earlier than what is known."""
        epoch, _, rest = copied.decode("ascii", "replace").partition(" ")
        try:
            found = parse_position(rest.partition(" ")[0].encode("ascii"))
            known = parse_position(self._id.encode("ascii")) if self._id else START
        except (PositionError, UnicodeEncodeError):
            return False
        return epoch == self._epoch and found >= known

    async def _begin_again(self, why: str) -> None:
        """Keep a gap, and behind it the newest values of all symbols; wait until there is room for these."""
        if why is not BEGINS:
            self._stats.delay_gaps += 1
            _log.warning("a gap in the delayed feed", partition=self._partition, reason=why)
        # Where Redis has lost data, new entries may have ids that it has given before.
        self._kept.forget()
        while True:
            now, (epoch, newest, ticks, instruments) = await self._dating.ask(SNAPSHOT, self._whole_keys)
            if not epoch or not newest:
                return
            entries = whole(ticks, instruments, now, why)
            names = epoch.decode("ascii", "replace"), newest.decode("ascii", "replace")
            answer = await self._hold(entries, *names)
            if answer[0] == b"ok":
                self._described.know(instruments)
                self._go_on(answer[1])
                return
            if answer[0] == b"other":
                # Another delayer is at work; what it has kept is looked at again.
                self._go_on(answer[1])
                return
            await self._wait_for_room(int(answer[1]), int(answer[2]))

    async def _wait_for_room(self, held: int, more: int = 0) -> None:
        """Wait at least a moment, and until there is room for `more` bytes and some others."""
        room = min(self._most * ROOM_AGAIN, self._most - more)
        _log.error(
            "too much waits to be delayed: prices are left out until there is room"
            if room >= 0
            else "the newest values of all symbols do not fit: nothing is delayed",
            partition=self._partition,
            bytes=held,
            hint="raise TICKCAST_DELAY_BYTES, and the memory of Redis",
        )
        until = time.monotonic() + (1.0 if room >= 0 else 60.0)
        while held > room or time.monotonic() < until:
            await asyncio.sleep(1.0)
            found = await self._broker.retry(lambda: self._broker.read_fields(self._hold_keys[1], ["all"]))
            held = int(found[0] or 0)
            if room < 0 and time.monotonic() >= until:
                return
