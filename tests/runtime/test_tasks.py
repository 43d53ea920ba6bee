"""The end of tasks, also of one that loses a cancellation, as redis-py's can before Python 3.12."""

import asyncio

from tickcast.runtime.tasks import end_tasks


async def test_a_task_that_swallows_the_first_cancellation_is_ended_by_the_next() -> None:
    swallowed = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.set()
        await asyncio.Event().wait()

    plain, twice = asyncio.create_task(asyncio.Event().wait()), asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end_tasks([plain, twice])
    assert swallowed.is_set()
    assert plain.cancelled()
    assert twice.cancelled()


async def test_what_a_task_raises_at_its_end_is_left_in_it() -> None:
    async def fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("at the end")

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await end_tasks([task])
    assert str(task.exception()) == "at the end"


async def test_of_nothing_nothing_is_awaited() -> None:
    await end_tasks([])
