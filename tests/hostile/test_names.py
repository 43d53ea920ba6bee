"""Streams of names that nobody publishes take their address's share of memory, and no more."""

import pytest

from tests.hostile.attacks.names import open_streams
from tests.hostile.world import DOORS, running_world, unharmed
from tests.support.eventually import eventually

MIB = 1 << 20


pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_names_nobody_publishes_take_no_more_than_a_share(door: str) -> None:
    bounded = {"stream_bytes": 8 * MIB, "trusted_proxies": "127.0.0.1"}
    async with running_world(door, **bounded) as world, unharmed(world):
        before = world.memory()
        # The list of each takes half a MiB, so an address may have three of them.
        counts = await open_streams(world.port, 30, symbols=700, bars=700, seconds=1)
        assert 0 < counts["streams"] <= 4
        assert counts["streams"] + counts["429"] + counts["put off"] == 30
        assert await world.metric("refused_total", reason="share") == 30 - counts["streams"]
        assert world.memory() - before < 20 * MIB
        # Its memory is free again, and the crowd holds its own alone.
        await eventually(lambda: _gone(world))


async def _gone(world) -> bool:
    return await world.metric("stream_addresses") == 1 and await world.metric("clients") == 20
