"""Every client of the matrix and a gateway that cannot take it: 200 and a time to wait, 503, and 400.

A client that has lost its stream meets a full gateway first, then one that takes it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest

from tests.clients.build import CHOSEN, available, need_client
from tests.clients.front import Front, Way, field
from tests.clients.matrix import Client
from tests.clients.readers import Reader, Readers
from tests.clients.worlds import World, connected
from tests.support.event_stream import opened
from tests.support.ports import free_port

pytestmark = [pytest.mark.pair, pytest.mark.timeout(300)]

RATE = 40
"""Ticks/s."""

AGAIN = 6
"""Seconds in which a client that was answered 400 may ask again."""

OFTEN = 8
"""Requests in that time that are too many."""


class Outcome(NamedTuple):
    """What a client did in a scenario."""

    did: str
    """As the table says it."""
    wrong: str
    asks: str
    """The codings that it asked for."""
    coding: str
    """The coding that it was sent."""
    empty: bool
    """Whether it handed on events without data."""


Outcomes = dict[tuple[str, str], Outcome]
"""By client and scenario."""


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    return asyncio.run(run())


async def run() -> Outcomes:
    async with World() as world, AsyncExitStack() as stack, Readers() as started:
        free, full = free_port(), free_port()
        await world.gateway(free)
        await world.gateway(full, max_connections=1)
        await stack.enter_async_context(opened(f"http://127.0.0.1:{full}"))
        ways = {
            "full": (Way(free), Way(full), Way(free)),
            "503": (Way(free), Way(full, balanced=True), Way(free)),
            "400": (Way(free),),
        }
        cells = [(client, scenario) for client in available() for scenario in ways]
        fronts = [await stack.enter_async_context(Front(*ways[scenario])) for _, scenario in cells]
        async with world.feeding(RATE):
            readers = await asyncio.gather(
                *(
                    started.start(
                        client, f"{front.url}/v1/stream{'?nonsense=1' if scenario == '400' else ''}"
                    )
                    for (client, scenario), front in zip(cells, fronts, strict=True)
                )
            )
            runs = [
                Run(*cell, front, reader) for cell, front, reader in zip(cells, fronts, readers, strict=True)
            ]
            cut = [run for run in runs if run.scenario != "400"]
            await connected([run.reader for run in cut], 1)
            for run in cut:
                run.front.cut()
            await asyncio.gather(connected([run.reader for run in cut], 2), asyncio.sleep(AGAIN))
        await world.level([run.reader for run in cut])
        return {(run.client.name, run.scenario): outcome(run, world.feeder.counts) for run in runs}


class Run(NamedTuple):
    """A client in a scenario."""

    client: Client
    scenario: str
    front: Front
    reader: Reader


def outcome(run: Run, published: Mapping[str, int]) -> Outcome:
    reader, requests = run.reader, len(run.front.heads)
    if run.scenario == "400":
        did = "stops" if requests == 1 else "asks again"
        wrong = [f"{requests} requests"] if requests > OFTEN or reader.judge.hellos else []
    elif reader.reads:
        did, wrong = "works", reader.wrong(published)
        if not reader.connected(2):
            wrong.append(f"it did not come back, after {requests} requests")
    else:
        did, wrong = "stops", [each.what for each in (*reader.judge.findings, *reader.judge.told)]
        if reader.judge.ended is None:
            wrong.append(f"it ended without a word: {reader.errors()}")
    head, answer = ("".join(heads[:1]) for heads in (run.front.heads, run.front.answers))
    asks, coding = field(head, "accept-encoding"), field(answer, "content-encoding")
    return Outcome(did, "; ".join(wrong), asks, coding, reader.judge.empty > 0)


@pytest.mark.parametrize("scenario", ["full", "503", "400"])
@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_client_that_is_not_taken_does_what_the_table_says(
    client: Client, scenario: str, outcomes: Outcomes
) -> None:
    need_client(client)
    outcome = outcomes[client.name, scenario]
    assert (outcome.did, outcome.wrong) == (client.cell(scenario), "")


@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_client_asks_for_the_codings_of_the_table(client: Client, outcomes: Outcomes) -> None:
    need_client(client)
    outcome = outcomes[client.name, "full"]
    assert (outcome.asks, outcome.coding) == (client.asks, client.coding)


@pytest.mark.parametrize("client", CHOSEN, ids=lambda client: client.name)
def test_a_client_makes_an_event_of_a_time_to_wait_if_the_page_says_so(
    client: Client, outcomes: Outcomes
) -> None:
    need_client(client)
    assert outcomes[client.name, "full"].empty == client.empties
