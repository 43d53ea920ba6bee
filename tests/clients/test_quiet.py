"""Every client of the matrix reads a quiet feed on time, and keeps its connection: a tick, 10 s, a tick.

What a client or its decoder keeps back until more comes would be as old as the pause.
"""

import asyncio

import pytest

from tests.clients.build import CHOSEN, available, need_client
from tests.clients.matrix import Client
from tests.clients.readers import Readers, Wrong, all_wrong
from tests.clients.worlds import World

pytestmark = [pytest.mark.pair, pytest.mark.timeout(300)]

PAUSE = 10
"""Seconds without a tick."""


async def run() -> Wrong:
    clients = available()
    async with World() as world, Readers() as started:
        await world.feeder.tick("QUIET")
        await world.gateway()
        readers = await asyncio.gather(*(started.start(client, world.stream()) for client in clients))
        await world.feeder.tick("QUIET")
        await asyncio.sleep(PAUSE)
        await world.feeder.tick("QUIET")
        await world.level(readers, 2)
        for reader in readers:
            reader.judge.expect(ticks=2, hellos=1)
        return all_wrong(readers, world.feeder.counts)


@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_tick_after_a_long_pause_is_read_at_once(client: Client, wrong: Wrong) -> None:
    need_client(client)
    assert "; ".join(wrong[client.name]) == ""
