"""What work costs: only its own steps, in whatever task, and whatever becomes of it."""

import asyncio
from time import thread_time

import pytest

from tickcast.runtime.metered import metered, metered_step


def burn(seconds: float) -> None:
    until = thread_time() + seconds
    while thread_time() < until:
        pass


class Bill:
    """What was charged."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)

    @property
    def sum(self) -> float:
        return sum(self.seconds)


async def work(steps: int) -> str:
    for _ in range(steps):
        burn(0.01)
        await asyncio.sleep(0)
    return "done"


async def test_every_step_is_charged_and_the_time_between_is_not() -> None:
    bill, other = Bill(), asyncio.create_task(work(5))
    assert await metered(work(3), bill) == "done"
    # Three steps and the end, which takes nothing; the other task ran in between.
    assert len(bill.seconds) == 4
    assert 0.03 <= bill.sum < 0.05
    await other


async def test_a_task_works_for_whoever_made_it() -> None:
    bills = Bill(), Bill()

    async def made() -> str:
        return await asyncio.create_task(metered(work(2)))

    await asyncio.gather(*(metered(made(), bill) for bill in bills))
    for bill in bills:
        assert 0.02 <= bill.sum < 0.04
    # Who works for nobody is charged nothing.
    assert await metered(work(1)) == "done"


async def test_a_step_is_charged_to_whom_its_task_works_for() -> None:
    bill, other = Bill(), Bill()

    async def step() -> None:
        with metered_step():
            burn(0.01)
        with metered_step(other):
            burn(0.01)

    await asyncio.create_task(metered(step(), bill))
    # Inside of what is metered as a whole it would count twice, so nobody does that.
    assert (bill.sum >= 0.02, other.sum >= 0.01) == (True, True)
    with metered_step():
        pass


async def test_an_error_and_a_cancellation_reach_the_work_and_its_caller() -> None:
    bill, ended = Bill(), []

    async def waits(error: Exception | None) -> None:
        try:
            if error:
                raise error
            await asyncio.Event().wait()
        finally:
            ended.append(error)

    with pytest.raises(ValueError, match="no"):
        await metered(waits(ValueError("no")), bill)
    task = asyncio.create_task(metered(waits(None), bill))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await metered(waits(None), bill)
    assert len(ended) == 3
    assert len(bill.seconds) == 5
