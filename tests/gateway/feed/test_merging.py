"""Several streams as one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tickcast.gateway.feed.merging import merged


async def gives(queue: "asyncio.Queue[int | Exception]") -> AsyncIterator[int]:
    while True:
        item = await queue.get()
        if isinstance(item, Exception):
            raise item
        yield item


async def test_each_stream_keeps_its_order_and_one_that_is_silent_holds_up_no_other() -> None:
    talks: asyncio.Queue[int | Exception] = asyncio.Queue()
    silent: asyncio.Queue[int | Exception] = asyncio.Queue()
    async with merged([gives(silent), gives(talks)]) as messages:
        for number in range(200):
            talks.put_nowait(number)
        assert [await anext(messages) for _ in range(200)] == list(range(200))
        silent.put_nowait(-1)
        assert await anext(messages) == -1


async def test_the_first_failure_is_raised_after_what_came_before_and_all_readers_end() -> None:
    queue: asyncio.Queue[int | Exception] = asyncio.Queue()
    queue.put_nowait(1)
    queue.put_nowait(ConnectionError("gone"))
    before = asyncio.all_tasks()
    async with merged([gives(asyncio.Queue()), gives(queue)]) as messages:
        assert await anext(messages) == 1
        with pytest.raises(ConnectionError, match="gone"):
            await anext(messages)
    assert asyncio.all_tasks() == before


async def test_it_ends_with_the_first_stream_to_end_after_what_came_before() -> None:
    async def ends() -> AsyncIterator[int]:
        yield 1

    async with asyncio.timeout(60), merged([gives(asyncio.Queue()), ends()]) as messages:
        assert [message async for message in messages] == [1]
