"""Commands and subscriptions of a gateway, over runtime/redis: one stream of messages from all servers.

Nothing here retries: the feed must know of every break, because each can be a hole.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from tickcast.runtime.redis.client import Argument, RedisClient
from tickcast.runtime.redis.security import PLAIN, LinkSecurity
from tickcast.wire.names import MAIN, FeedNames

T = TypeVar("T")

TIMEOUT = 2.0
"""Seconds in which Redis has to answer; a heartbeat comes every second, so more is a hang."""

AT_ONCE = 8
"""Commands under way, at most: each takes a connection, of which few descriptors are reserved."""

READ_AHEAD = 64
"""Messages buffered for the reader; while the buffer is full, the connections are not read."""


class FeedClient:
    """The Redis that a gateway follows. Safe to use from several tasks."""

    def __init__(
        self,
        url: str,
        password_file: Path | None = None,
        names: FeedNames = MAIN,
        at_once: int = AT_ONCE,
        security: LinkSecurity = PLAIN,
    ) -> None:
        """Connect nothing yet. `at_once` is the number of commands under way, at most.

        Raises LinkError if the address or a file will not do.
        """
        self.names = names
        self._redis = RedisClient(url, password_file, TIMEOUT, security=security)
        self._turns = asyncio.Semaphore(at_once)

    @property
    def is_cluster(self) -> bool:
        """Tell whether the partitions may be on different servers."""
        return self._redis.address.kind == "cluster"

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.close()

    async def ask(self, command: str, key: str, *args: Argument) -> Any:
        """Return the answer to a command about a key. Raises LinkError."""
        async with self._turns:
            return await self._redis.execute(key, command, key, *args)

    async def transaction(self, what: str, *commands: Sequence[Argument]) -> list[Any]:
        """Return the answers to commands about keys of one server, as of one moment.

        The first command names a key. `what` names all of them in a failure. Raises LinkError.
        """
        async with self._turns:
            return await self._redis.transaction(str(commands[0][1]), what, commands)

    async def publish(self, channel: str, message: bytes) -> int:
        """Publish to a channel; return how many subscribers got it. Raises LinkError."""
        return int(await self.ask(self._redis.publish_command, channel, message))

    @asynccontextmanager
    async def subscribed(self, channels: Mapping[str, T]) -> AsyncIterator[AsyncIterator[tuple[T, bytes]]]:
        """Subscribe; gives (value of the channel, message) as they come, until a connection breaks.

        All subscriptions are confirmed when the context is entered. Raises LinkError.
        """
        async with AsyncExitStack() as stack:
            subscriptions = await self._redis.subscriptions(channels)
            streams = await _all_of(stack.enter_async_context(each) for each in subscriptions)
            yield streams[0] if len(streams) == 1 else await stack.enter_async_context(merged(streams))


async def _all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return all results. Where one fails the others end too: `gather` alone would let them go on."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def merged(streams: Sequence[AsyncIterator[T]]) -> AsyncIterator[AsyncIterator[T]]:
    """Read `streams` at once; gives their messages in the order of their arrival.

    It ends, or raises, as soon as one of them does: without that one the rest would have holes.
    """
    queue: asyncio.Queue[T | Exception] = asyncio.Queue(READ_AHEAD)
    readers = [asyncio.create_task(_read(stream, queue)) for stream in streams]
    try:
        yield _from(queue)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def _read(stream: AsyncIterator[T], queue: "asyncio.Queue[T | Exception]") -> None:
    try:
        async for message in stream:
            await queue.put(message)
        await queue.put(StopAsyncIteration())
    except Exception as error:
        await queue.put(error)


async def _from(queue: "asyncio.Queue[T | Exception]") -> AsyncIterator[T]:
    while True:
        message = await queue.get()
        if isinstance(message, StopAsyncIteration):
            return
        if isinstance(message, Exception):
            raise message
        yield message
