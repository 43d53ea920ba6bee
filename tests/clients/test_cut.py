"""Every client of the matrix comes back from each way a stream is cut, without a hole or a repeat.

The clients go from one gateway to the next as each of them goes, and are never alone on one that stays.
"""

import asyncio
import signal

import pytest

from tests.clients.build import CHOSEN, available, need_client
from tests.clients.matrix import Client
from tests.clients.readers import Readers
from tests.clients.worlds import World, connected, now

pytestmark = [pytest.mark.pair, pytest.mark.timeout(300)]

RATE = 200
"""Ticks/s."""

DRAIN = 2
"""Seconds over which a gateway closes its streams."""

CUTS = ("killed", "drained", "restarted")

Wrong = dict[tuple[str, str], list[str]]
"""What was wrong, by client and cut."""


async def run() -> Wrong:
    clients = available()
    wrong: Wrong = {}
    async with World() as world, Readers() as started:
        first = await world.gateway(drain=DRAIN)
        async with world.feeding(RATE):
            readers = await asyncio.gather(*(started.start(client, world.stream()) for client in clients))
            await connected(readers, 1)
            begins = [now()]

            second = await world.gateway(drain=DRAIN)
            first.signal(signal.SIGKILL)
            await connected(readers, 2)
            begins.append(now())

            third = await world.gateway(drain=DRAIN)
            assert await second.stop() == 0
            await connected(readers, 3)
            begins.append(now())

            assert await third.stop() == 0
            await world.gateway(drain=DRAIN)
            await connected(readers, 4)
            begins.append(now())
        await world.level(readers)
        for client, reader in zip(clients, readers, strict=True):
            begins[-1] = now()
            for place, cut in enumerate(CUTS):
                published = world.feeder.counts if cut == CUTS[-1] else None
                wrong[client.name, cut] = reader.wrong(published, begins[place], begins[place + 1])
                if len(reader.judge.hellos) < place + 2 and not wrong[client.name, cut]:
                    wrong[client.name, cut].append("it did not come back")
    return wrong


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_cut_stream_goes_on_exactly_if_the_table_says_so(client: Client, cut: str, wrong: Wrong) -> None:
    need_client(client)
    found = wrong[client.name, cut]
    if client.cell(cut) == "stops":
        assert [each.partition(":")[0] for each in found] == ["it stops"]
    else:
        assert "; ".join(found) == ""
