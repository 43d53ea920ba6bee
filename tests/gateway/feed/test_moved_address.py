"""One address of Redis comes to lead to another server, while the old one lives on."""

import redis

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.servers import PrivateValkey
from tests.support.virtual_address import virtual_address
from tickcast.wire.names import MAIN as names


def of_channels(server: PrivateValkey) -> int:
    """Return how many connections follow the feed at a server."""
    with redis.Redis.from_url(server.url) as client:
        return int(client.execute_command("PUBSUB", "NUMSUB", names.live(0))[1])


async def test_a_gateway_leaves_the_old_server_with_all_its_connections() -> None:
    with PrivateValkey() as old, PrivateValkey() as new:
        async with (
            Feeder(old.url) as before,
            Feeder(new.url) as after,
            virtual_address(old.port) as address,
            local_gateway(address.url) as gateway,
        ):
            for _ in range(3):
                await before.tick("A")
            await after.tick("A", "B")
            store = gateway.gateway.live.last
            await eventually(lambda: len(store) == 1)
            address.target = new.port
            with redis.Redis.from_url(old.url) as client:
                client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await eventually(lambda: of_channels(new) == 1)
            await eventually(lambda: len(store) == 2)
            await after.tick("C")
            await eventually(lambda: len(store) == 3)
            assert of_channels(old) == 0
