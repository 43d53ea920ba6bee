"""`tickcast.follow_blocking`: the same stream for programs without an event loop."""

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

import tickcast
from tests.support.feeder import Feeder
from tests.support.following import PATIENCE, places
from tests.support.local_gateway import LocalGateway
from tests.support.scripted_gateway import problem, scripted_gateway
from tickcast.client.follow_blocking import BlockingFollow

T = TypeVar("T")


async def blocking(work: Callable[..., T], *arguments: Any) -> T:
    """Return what work returns in a thread, while the gateway runs in this one."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.to_thread(work, *arguments)


def take(prices: BlockingFollow[Any], count: int) -> list[Any]:
    """Return the next events that are no Status."""
    found: list[Any] = []
    while len(found) < count:
        event = next(prices)
        if not isinstance(event, tickcast.Status):
            found.append(event)
    return found


async def test_ticks_come_once_and_in_order_also_over_a_cut(feeder: Feeder, gateway: LocalGateway) -> None:
    await feeder.tick("A", "B")
    with tickcast.follow_blocking(gateway.url, ["A", "B"]) as prices:
        assert places(await blocking(take, prices, 2)) == [("A", 1), ("B", 1)]
        for stream in [*gateway.streams.registry]:
            stream.abort()
        await feeder.tick("A", "A", "B")
        assert places(await blocking(take, prices, 3)) == [("A", 2), ("A", 3), ("B", 2)]
        assert (prices.gaps, prices.state.reconnects) == ({}, 1)
        assert prices.lag is not None
        await blocking(prices.close)
    assert prices.state.link == "closed"


async def test_its_list_is_changed_and_batches_hold_all_that_waits(
    feeder: Feeder, gateway: LocalGateway
) -> None:
    await feeder.tick("A", "B")
    with tickcast.follow_blocking(gateway.url, "A", numbers=float) as prices:
        await blocking(take, prices, 1)
        await blocking(prices.add, "B")
        await blocking(prices.drop, "A")
        assert places(await blocking(take, prices, 1)) == [("B", 1)]
        await feeder.tick("A", *["B"] * 5)
        found = await blocking(prices.batch, 0.3)
        assert places(found) == [("B", q) for q in range(2, 7)]
        await blocking(prices.close)
    assert await blocking(prices.batch) == []
    assert [*prices.batches()] == [*prices] == []


async def test_closing_it_ends_a_thread_that_waits(gateway: LocalGateway) -> None:
    prices = tickcast.follow_blocking(gateway.url, "A")
    first = threading.Event()
    ended: list[str] = []

    def read() -> None:
        for _ in prices:
            first.set()
        ended.append("in order")

    reading = threading.Thread(target=read)
    reading.start()
    await blocking(first.wait)
    await blocking(prices.close)
    await blocking(reading.join)
    assert ended == ["in order"]
    prices.close()


async def test_a_refusal_is_raised_where_it_is_read() -> None:
    async with scripted_gateway(problem(403, "A is not allowed")) as gateway:
        with tickcast.follow_blocking(gateway.url, "A") as prices:
            with pytest.raises(tickcast.StreamRefusedError, match="HTTP 403: A is not allowed"):
                await blocking(next, prices)
            await blocking(prices.close)


def test_a_forked_process_is_told_to_make_its_own() -> None:
    with tickcast.follow_blocking("http://127.0.0.1:1", "A") as prices:
        assert isinstance(next(prices), tickcast.Status)
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()

        def child() -> None:
            try:
                next(prices)
            except RuntimeError as error:
                theirs.send(str(error))

        process = context.Process(target=child)
        process.start()
        assert ours.poll(PATIENCE)
        assert ours.recv() == "this stream was made before a fork; make one in each process"
        process.join()


def test_a_bad_argument_is_refused_at_the_call() -> None:
    with pytest.raises(tickcast.FieldError, match="symbols: not a symbol"):
        tickcast.follow_blocking("http://127.0.0.1:1", "?'")
