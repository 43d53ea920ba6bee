"""What all streams get now and then, wherever they stand."""

from tests.support.changing import open_stream
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tickcast.gateway.fanout.member import State


async def test_who_waits_for_the_turn_of_its_group_hears_heartbeats_meanwhile(
    valkey_url: str, feeder: Feeder
) -> None:
    await feeder.tick("A")
    async with (
        feeder.beating(),
        local_gateway(valkey_url, heartbeat=200) as gateway,
        open_stream(gateway.url, symbols="A", interval=10_000),
    ):
        # No turn comes within this test.
        gateway.hub._wheel.close()
        [group] = gateway.hub.groups.values()
        group.number -= 1
        async with open_stream(gateway.url, symbols="A", interval=10_000) as (waiting, _):
            assert [each.state for each in group.joiners] == [State.JOINING]
            await waiting.expect("heartbeat")
            await waiting.expect("heartbeat")
            assert len(group.joiners) == 1
