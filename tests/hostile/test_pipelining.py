"""Many requests at once on a connection, and bytes behind a request, harm nobody else."""

import pytest

from tests.hostile.attacks.pipelining import pipeline, send_behind
from tests.hostile.wire import get
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


@pytest.mark.parametrize(
    "request_", [get("/v1/stream"), get("/healthz", b"content-length: 16000000000")], ids=["stream", "body"]
)
async def test_bytes_that_nobody_asked_for_are_not_read_for_ever(request_: bytes) -> None:
    async with running_world("direct") as world, unharmed(world):
        # What is not read fills the buffers of both kernels: some MiB.
        assert await send_behind(world.port, request_, 64 * MIB) < 32 * MIB
