"""Many requests at once on a connection, and bytes behind a request, harm nobody else."""

import asyncio

import pytest

from tests.hostile.attacks.pipelining import pipeline, send_behind
from tests.hostile.wire import connected, get
from tests.hostile.world import DOORS, running_world, unharmed

MIB = 1 << 20


pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_requests_sent_all_at_once_cost_neither_memory_nor_the_others(door: str) -> None:
    async with running_world(door) as world, unharmed(world):
        before = world.memory()
        counts = await pipeline(world.port, connections=8, seconds=3)
        assert counts["answers"] > 0
        # 8 connections that hold 16 KiB and some responses each; it was tens of MiB for each of them.
        assert world.memory() - before < 20 * MIB


async def test_nginx_soon_reads_no_more_of_a_connection_whose_last_response_is_sent() -> None:
    async with running_world("nginx") as world, unharmed(world), connected(world.port) as (_, writer):
        writer.write(get("/healthz") * 2000)

        async def write_on() -> None:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.1)

        # By default nginx would go on for 30 s.
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(write_on(), 15)


@pytest.mark.parametrize(
    "request_", [get("/v1/stream"), get("/healthz", b"content-length: 16000000000")], ids=["stream", "body"]
)
async def test_bytes_that_nobody_asked_for_are_not_read_for_ever(request_: bytes) -> None:
    async with running_world("direct") as world, unharmed(world):
        # What is not read fills the buffers of both kernels: some MiB.
        assert await send_behind(world.port, request_, 64 * MIB) < 32 * MIB
