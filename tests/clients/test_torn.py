"""Every client of the matrix goes on exactly when its connection ends inside an event, wherever that is.

A client that takes the `id` of an event before it has all of it loses that event: so `id` is the last line.
"""

import asyncio
import re
from contextlib import AsyncExitStack

import pytest

from tests.clients.build import CHOSEN, available, need_client
from tests.clients.front import PLACES, Front, Way
from tests.clients.judge import Finding
from tests.clients.matrix import Client
from tests.clients.readers import Readers, Wrong, all_wrong
from tests.clients.worlds import World, connected

pytestmark = [pytest.mark.pair, pytest.mark.timeout(300)]

RATE = 40
"""Ticks/s."""


async def run() -> Wrong:
    clients = available()
    async with World() as world, AsyncExitStack() as stack, Readers() as started:
        await world.gateway()
        port = int(world.url.rpartition(":")[2])
        ways = [*(Way(port, tear=place) for place in range(len(PLACES))), Way(port)]
        fronts = [await stack.enter_async_context(Front(*ways)) for _ in clients]
        async with world.feeding(RATE):
            readers = await asyncio.gather(
                *(
                    started.start(client, f"{front.url}/v1/stream", "identity")
                    for client, front in zip(clients, fronts, strict=True)
                )
            )
            await connected(readers, len(ways), 60)
        await world.level(readers)
        for reader in readers:
            if len(reader.judge.hellos) != len(ways):
                reader.judge.findings.append(Finding(0, f"{len(reader.judge.hellos)} connections"))
        return all_wrong(readers, world.feeder.counts)


@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_stream_that_ends_inside_an_event_goes_on_exactly_if_the_table_says_so(
    client: Client, wrong: Wrong
) -> None:
    need_client(client)
    found = wrong[client.name]
    # Were the id in front of the data, the two that are not exact would have more holes.
    assert [re.sub(r".*\b(not whole|repeat|reset|hole)\b.*", r"\1", each) for each in found] == [
        *client.torn
    ], found
