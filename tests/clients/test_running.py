"""Every client of the matrix reads every tick in order and on time, plain and as it asks by itself."""

import asyncio

import pytest

from tests.clients.build import CHOSEN, available, need_client
from tests.clients.matrix import Client
from tests.clients.readers import Readers
from tests.clients.worlds import World, connected

pytestmark = [pytest.mark.pair, pytest.mark.timeout(300)]

RATE = 400
"""Ticks/s."""

SECONDS = 4

CODINGS = {"plain": "identity", "as it asks": ""}

Wrong = dict[tuple[str, str], list[str]]
"""What was wrong, by client and scenario."""


async def run() -> Wrong:
    cells = [(client, scenario) for client in available() for scenario in CODINGS]
    async with World() as world, Readers() as started:
        await world.gateway()
        await world.gateway()
        async with world.feeding(RATE):
            readers = await asyncio.gather(
                *(started.start(client, world.stream(), CODINGS[scenario]) for client, scenario in cells)
            )
            await connected(readers, 1)
            await asyncio.sleep(SECONDS)
        await world.level(readers)
        return {
            (client.name, scenario): reader.wrong(world.feeder.counts)
            for (client, scenario), reader in zip(cells, readers, strict=True)
        }


@pytest.mark.parametrize("scenario", CODINGS)
@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_every_tick_is_read_in_order_and_on_time(client: Client, scenario: str, wrong: Wrong) -> None:
    need_client(client)
    assert "; ".join(wrong[client.name, scenario]) == ""
