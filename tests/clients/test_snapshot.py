"""Every client of the matrix reads a snapshot of 2,000 symbols, and arrays of as many ticks."""

import asyncio

import pytest

from tests.clients.build import CHOSEN, available, need_client
from tests.clients.matrix import Client
from tests.clients.readers import Readers, Wrong, all_wrong
from tests.clients.worlds import World

pytestmark = [pytest.mark.pair, pytest.mark.timeout(300)]

SYMBOLS = [f"SYMBOL.{number:04}" for number in range(2_000)]

BATCHES = 5
"""Batches of a tick of every symbol."""


async def run() -> Wrong:
    clients = available()
    async with World() as world, Readers() as started:
        await world.feeder.tick(*SYMBOLS)
        await world.gateway()
        url = world.stream("?format=array")
        readers = await asyncio.gather(*(started.start(client, url) for client in clients))
        for _ in range(BATCHES):
            await world.feeder.tick(*SYMBOLS)
            await world.level(readers, 10)
        for reader in readers:
            reader.judge.expect(ticks=BATCHES * len(SYMBOLS), hellos=1, snapshot_ticks=len(SYMBOLS))
        return all_wrong(readers, world.feeder.counts)


@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_large_snapshot_and_large_arrays_are_read(client: Client, wrong: Wrong) -> None:
    need_client(client)
    assert "; ".join(wrong[client.name]) == ""
