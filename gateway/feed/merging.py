"""Several streams of messages as one, in the order of their arrival."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")

_WAITING = 64
"""Messages read ahead; then the connections wait, as they would for a reader of their own."""


@asynccontextmanager
async def merged(streams: Sequence[AsyncIterator[T]]) -> AsyncIterator[AsyncIterator[T]]:
    """Read `streams` at once; gives their messages until one of them ends, and raises what that one raises.

    What comes without one of them would no longer be whole.
    """
    queue: asyncio.Queue[T | Exception] = asyncio.Queue(_WAITING)
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
