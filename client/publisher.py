"""Hands in prices to a feed: `Publisher`, for programs with an event loop."""

import asyncio
import logging
import random
import sys
from collections.abc import Awaitable, Coroutine, Iterable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from tickcast.client.errors import PublishError
from tickcast.client.fields import producer
from tickcast.client.inbox import Inbox, Trouble
from tickcast.client.lines import Line, tick_lines
from tickcast.client.methods import Methods
from tickcast.client.outbox import Outbox
from tickcast.wire.fields import FieldError
from tickcast.wire.inbox import encode_entry
from tickcast.wire.layout import Layout
from tickcast.wire.names import FEED, FeedNames

CLOSE_SECONDS = 10.0
"""Seconds in which `close` hands in what still waits."""

_AT_ONCE = 8
"""Entries in flight over all partitions: each takes a connection."""

_TURN = 256
"""Lines after which a caller that publishes in a loop lets other tasks run."""

_WAIT_FIRST, _WAIT_MOST = 0.05, 1.0
"""Seconds before an entry is handed in again."""

_LAYOUT = -1
"""Stands for no partition: how the feed is cut is not known yet."""

_log = logging.getLogger("tickcast")


class Publisher(Methods[Awaitable[None]]):
    """Publishes prices into a feed, through Redis. An async context manager.

    Methods return as soon as a line waits to be handed in, and wait themselves only while 20,000 lines do.
    Each line is published exactly once, the lines of a symbol in order, also when connections break. While
    Redis is away or full, or has no such feed yet, lines wait. One event loop may use it.
    """

    def __init__(self, redis_url: str | None = None, *, feed: str = "main", by: str | None = None) -> None:
        """Connect nothing yet.

        `redis_url` is the address of Redis as any program of Tickcast takes it; None means TICKCAST_REDIS_URL
        or REDIS_URL, or Redis on this machine. `by` names this program to `tickcast producers`, in at most 51
        characters; a random ending makes it unique. Raises FieldError, and PublishError for a wrong address.
        """
        if not isinstance(feed, str) or not FEED.fullmatch(feed):
            raise FieldError(f"feed: {feed!r:.60} is not 1 to 32 of a-z 0-9 -")
        self.by = producer(by)
        """The whole id of this producer."""
        self._inbox = Inbox(redis_url, FeedNames(feed))
        self._outbox = Outbox()
        self._troubles: dict[int, Trouble] = {}
        """What keeps lines of a partition, or of _LAYOUT, from being taken."""
        self._told: dict[int, int] = {}
        """The number of the newest trouble of each."""
        self._attempts = 0
        """Attempts that failed so far."""
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._changed = asyncio.Event()
        """Set when lines were taken, or trouble came or went."""
        self._again = asyncio.Event()
        """Set for a moment to end the pauses before entries are handed in again."""
        self._closing = False
        """Nothing more is published; what waits is handed in still."""
        self._closed = False

    async def publish_many(self, ticks: Iterable[Mapping[str, Any]]) -> None:
        """Publish ticks in order, dicts with the names of the arguments of `publish`.

        Raises what `publish` raises. A FieldError begins with the place of the bad tick, from 0: those before
        it are published, it and those after it are not.
        """
        for line in tick_lines(ticks):
            await self._put(line)

    async def flush(self, timeout: float | None = None) -> None:
        """Return when Redis has taken all that was published before the call.

        Raises PublishError if Redis refuses it, TimeoutError after `timeout` seconds. Both say why; the lines
        are kept, and tried again.
        """
        newest, failed = self._outbox.newest, self._attempts
        # What refused them before may be mended by now.
        self._again.set()
        self._again.clear()
        try:
            async with asyncio.timeout(timeout):
                while (oldest := self._outbox.oldest) is not None and oldest <= newest:
                    self._raise_refusal([each for each in self._troubles if self._told[each] > failed])
                    await self._change()
        except TimeoutError:
            why = next((f": {each.reason}" for each in self._troubles.values()), "")
            raise TimeoutError(f"{self._outbox.lines} lines are not taken after {timeout:g} s{why}") from None

    async def close(self) -> None:
        """Hand in what waits, for at most 10 s, and close the connections. A second call does nothing.

        Raises PublishError or TimeoutError if lines are left that Redis has not taken: they are lost.
        """
        if self._closing:
            return
        self._closing = True
        self._changed.set()
        try:
            await self.flush(CLOSE_SECONDS)
        finally:
            self._closed = True
            self._changed.set()
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._inbox.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.close()
        except (PublishError, TimeoutError) as failure:
            if error is None:
                raise
            _log.error("closed with an error: %s", failure)

    async def _put(self, line: Line) -> None:
        """Add a checked line when there is room. Raises PublishError."""
        if self.is_held_up:
            await self.ready(line.symbol)
        if self.add(line) or self._outbox.newest % _TURN == 0:
            # Lets an idle task send at once, and a busy one go on, while the caller publishes in a loop.
            await asyncio.sleep(0)

    @property
    def is_held_up(self) -> bool:
        """Tell whether `ready` may wait or raise now. Any thread may ask."""
        return bool(self._troubles) or self._closing or self._outbox.is_full

    async def ready(self, symbol: str) -> None:
        """Return when there is room for a line. Raises PublishError if it would be refused."""
        while True:
            if self._closing:
                raise PublishError("this publisher is closed")
            partition = self._outbox.partition(symbol)
            self._raise_refusal([_LAYOUT if partition is None else partition])
            if not self._outbox.is_full:
                return
            await self._change()

    def add(self, line: Line) -> bool:
        """Add a checked line; return True if nothing was in flight in its partition."""
        partition = self._outbox.put(line)
        return self._begin(_LAYOUT if partition is None else partition)

    def _raise_refusal(self, partitions: list[int]) -> None:
        """Raise PublishError if it is closed, or somebody has to mend what ails one of the partitions."""
        if self._closed:
            raise PublishError("this publisher is closed")
        for partition in partitions:
            trouble = self._troubles.get(partition)
            if trouble and trouble.refused:
                raise PublishError(trouble.reason)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _begin(self, partition: int) -> bool:
        """Start the task that hands in the lines of a partition, or learns the layout, unless it runs."""
        if partition in self._tasks:
            return False
        work = self._learn() if partition == _LAYOUT else self._send(partition)
        self._tasks[partition] = asyncio.create_task(self._guarded(partition, work))
        return True

    async def _guarded(self, partition: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            # Nobody awaits this task: callers have to hear of a mistake of ours, too.
            _log.exception("a mistake in tickcast.Publisher")
            self._tell(partition, Trouble(f"a mistake in tickcast.Publisher: {error!r}", refused=True))
            self._told[partition] = sys.maxsize
        else:
            del self._tasks[partition]

    async def _learn(self) -> None:
        waits = _waits()
        while isinstance(found := await self._inbox.layout(), Trouble):
            self._tell(_LAYOUT, found)
            await self._pause(next(waits))
        self._recover(_LAYOUT)
        assert isinstance(found, Layout)
        for partition in self._outbox.spread(found):
            self._begin(partition)

    async def _send(self, partition: int) -> None:
        while entry := self._outbox.cut(partition):
            fields = encode_entry(**entry.by_name, by=self.by, number=entry.number)
            waits = _waits()
            while trouble := await self._hand_in(partition, fields):
                self._tell(partition, trouble)
                await self._pause(next(waits))
            self._outbox.taken(partition)
            self._recover(partition)

    async def _hand_in(self, partition: int, fields: list[bytes]) -> Trouble | None:
        async with self._slots:
            return await self._inbox.hand_in(partition, fields)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._again.wait()

    def _tell(self, partition: int, trouble: Trouble) -> None:
        if not self._troubles:
            _log.warning("prices wait: %s", trouble.reason)
        self._attempts += 1
        self._troubles[partition], self._told[partition] = trouble, self._attempts
        self._changed.set()

    def _recover(self, partition: int) -> None:
        if self._troubles.pop(partition, None) and not self._troubles:
            _log.warning("prices are taken again")
        self._changed.set()


def _waits() -> Iterator[float]:
    wait = _WAIT_FIRST
    while True:
        yield wait * random.uniform(0.5, 1.0)
        wait = min(2 * wait, _WAIT_MOST)
