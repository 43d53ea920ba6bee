"""One address that asks all gateways has one share of work, not one of each; others do not notice."""

import asyncio
import os
import re

import pytest

from tests.hostile.attacks.work import ask_for_much
from tests.hostile.wire import connected, get, read_to_end
from tests.hostile.world import World, running_world, unharmed
from tests.support.eventually import eventually
from tests.support.programs import running_gateway
from tickcast.gateway.limits.work import BURST

pytestmark = pytest.mark.timeout(300)

RATE = 5
"""ms of CPU in a second: an address may owe 0.3 s, which the attack exceeds."""

CLIENTS = int(os.environ.get("GREEDY", "100"))
"""Of the attack, at each gateway: GREEDY=1000 for the strength of docs/security.md."""

TRIES = 6
"""Attacks, at most, until both gateways refuse: a machine may be too slow for the first."""


async def refused_for(port: int) -> int:
    """Return for how many seconds the attacker is refused."""
    async with connected(port) as (reader, writer):
        writer.write(get("/v1/snapshot", b"connection: close"))
        answer = await read_to_end(reader)
    found = re.search(rb"\r\nretry-after: (\d+)\r\n", answer)
    return int(found[1]) if found and answer.startswith(b"HTTP/1.1 429") else 0


async def both_refuse_for_long(both: tuple[World, World]) -> bool:
    return min([await refused_for(each.port) for each in both]) > BURST / 3


async def test_many_greedy_clients_of_one_address_have_one_share_at_two_gateways() -> None:
    async with (
        running_world("direct", symbols=1000, rate=1000, work=RATE, gateway_id="one") as world,
        running_gateway(
            world.redis_url, trusted_proxies="127.0.0.1", work=RATE, gateway_id="other"
        ) as second,
    ):
        other = World(second, int(second.url.rpartition(":")[2]), world.redis_url)
        async with unharmed(world), unharmed(other):
            both = (world, other)
            for _ in range(TRIES):
                await asyncio.gather(*[ask_for_much(each.port, CLIENTS, 5) for each in both])
                if all([await each.metric("refused_total", reason="work") for each in both]):
                    break
            else:
                raise AssertionError("a gateway refused nothing")
            # Each has had what it may owe at one, and owes as much again for what it had at the other.
            await eventually(lambda: both_refuse_for_long(both))
