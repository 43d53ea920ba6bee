"""Between gateways: forged ids and asks reach nobody, and their list stays short."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.hostile.attacks.between import WRITTEN, fill_list, forge_ids
from tests.hostile.world import DOORS, running_world, unharmed
from tests.support.changing import open_stream, patch
from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tickcast.gateway.cluster.messages import PING
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.wire.names import MAIN as names

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_forged_ids_cost_an_answer_and_no_other_gateway_anything(door: str) -> None:
    async with (
        running_world(door, gateway_id="first") as world,
        unharmed(world),
        local_gateway(world.redis_url, gateway_id="second") as second,
    ):
        await eventually(lambda: second.gateway.control._listening)
        async with heard(world.redis_url, names.gateway(address_of("second"))) as messages:
            counts = await forge_ids(world.port, 4, 3, address_of("second"))
        # nginx as shipped takes so many changes a second of an address, and no more.
        assert counts["404"] > 0
        assert set(counts) <= {"404", "429"}
        # It hears its own signs of life alone.
        assert {*messages} <= {PING}
        assert second.gateway.control.poisoned == 0
        assert await world.metric("changes_total", result="timeout") == 0


@asynccontextmanager
async def heard(url: str, channel: str) -> AsyncIterator[list[bytes]]:
    """Listen to a channel; the list has all that came when the block ends."""
    client, messages = redis_client(url), list[bytes]()
    async with client.pubsub() as subscribed:
        await subscribed.subscribe(channel, "end")
        yield messages
        # A message of ours comes behind all that came before it.
        await client.publish("end", b"")
        async for message in subscribed.listen():
            if message["type"] == "message":
                if message["channel"] == b"end":
                    break
                messages.append(message["data"])
    await client.aclose()


async def test_what_gateways_write_is_emptied_if_somebody_fills_it_and_filled_by_those_that_live() -> None:
    async with (
        running_world("direct", gateway_id="first") as world,
        unharmed(world),
        local_gateway(world.redis_url, gateway_id="second") as second,
        open_stream(second.url) as (_, stream_id),
    ):
        redis = redis_client(world.redis_url)
        for key in (WRITTEN[0], WRITTEN[1], WRITTEN[-1]):
            await fill_list(redis, 8, key)

        async def is_short() -> bool:
            held = await redis.hgetall(names.gateways())
            uses = [await redis.memory_usage(key) or 0 for key in WRITTEN[1:]]
            return sum(map(len, held.values())) + sum(uses) < 10_000 and len(held) >= 3

        await eventually(is_short)
        await eventually(lambda: not second.gateway.uses.is_away)
        assert sorted(each.id for each in await second.gateway.membership.members()) == ["first", "second"]
        assert (await patch(world.url, stream_id, {"add": ["A"]})).status_code == 200
        await redis.aclose()
