"""Turns: one at a time, addresses in turn, and nobody waits behind a client that has left."""

import asyncio

from tickcast.gateway.limits.turns import Turns


async def test_one_at_a_time_goes_on_and_addresses_have_turns() -> None:
    turns, order, inside = Turns(), list[str](), 0

    async def work(whose: str) -> None:
        nonlocal inside
        async with turns.turn(whose):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1
            order.append(whose)

    async with asyncio.TaskGroup() as tasks:
        for whose in "aaaabbc":
            tasks.create_task(work(whose))
    assert "".join(order) == "aabcaba"


async def test_a_client_that_leaves_holds_up_nobody() -> None:
    turns, done = Turns(), list[str]()

    async def work(whose: str) -> None:
        async with turns.turn(whose):
            done.append(whose)
            await asyncio.sleep(0)

    for leaves_after in range(6):
        done.clear()
        tasks = [asyncio.create_task(work(whose)) for whose in "abc"]
        for _ in range(leaves_after):
            await asyncio.sleep(0)
        tasks[1].cancel()
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks, return_exceptions=True)
            await work("d")
        assert {"a", "c", "d"} <= {*done}
