"""A client with the cursor of an epoch that its gateway does not know: Redis decides, not the gateway."""

from tests.support.event_stream import opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.held_line import held_line
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.wire.cursor import encode_prefix
from tickcast.wire.position import START


async def test_a_gateway_that_slept_through_a_loss_sets_nobody_back(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    async with held_line(valkey_url) as line, local_gateway(line.url) as asleep:
        async with opened(gateway.url) as client:
            for _ in range(5):
                await feeder.tick("A")
            await client.ticks(5)
            await eventually(lambda: asleep.gateway.live.ring.number == gateway.gateway.live.ring.number)
            line.hold()
            await feeder.redis.flushall()
            feeder.counts.clear()
            await feeder.claim(renew=True)
            await feeder.tick("A")
            await client.expect("gap")
            await client.expect("snapshot")
            cursor = client.cursor
        async with stream(asleep.url, cursor) as again:
            await eventually(lambda: asleep.gateway.live.resume.unknown._undecided)
            line.release()
            await feeder.tick("A")
            hello = await again.expect("hello")
            assert hello["epoch"] == gateway.gateway.live.ring.epoch
            events = await again.until(lambda event: b'"q":2,' in event.data)
            assert not [event for event in events if b'"q":5,' in event.data]


async def test_a_cursor_of_an_old_epoch_is_reset_as_soon_as_redis_has_answered(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await feeder.tick("A")
    await eventually(lambda: len(gateway.gateway.live.last) == 1)
    async with stream(gateway.url, encode_prefix("0" * 12, (START,))) as client:
        assert (await client.expect("hello"))["resumed"] == "reset"
        assert [tick["S"] for tick in await client.expect("snapshot")] == ["A"]
