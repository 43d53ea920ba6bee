"""A gateway with few file descriptors refuses streams in time, keeps Redis and health, and logs little."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx2
import pytest
import redis.asyncio

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import Program, running_gateway
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.transport.descriptors import OWN, share_out

FILES = 64
CLIENTS = 120

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(gateway: Program, stack: AsyncExitStack) -> Opened:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))
    stack.callback(writer.transport.abort)
    return reader, writer


async def asked(gateway: Program, stack: AsyncExitStack) -> Opened:
    """Ask for a stream over a connection of its own."""
    reader, writer = await connected(gateway, stack)
    writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nX-Tickcast-Balanced: 1\r\n\r\n")
    return reader, writer


async def health(gateway: Program) -> int:
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.get(f"{gateway.url}/healthz")).status_code


def lines(gateway: Program) -> list[str]:
    return gateway.output().splitlines()


async def test_too_many_clients_are_refused_and_health_and_redis_go_on(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick("A")
    async with (
        feeder.beating(),
        running_gateway(valkey_url, open_files=FILES, log_format="json") as gateway,
        AsyncExitStack() as stack,
    ):
        started = [json.loads(line) for line in lines(gateway)]
        [lowered] = [line for line in started if "lowered_to" in line]
        assert lowered["open_files"] == FILES
        opened = await asyncio.gather(*(asked(gateway, stack) for _ in range(CLIENTS)))
        # Every one is answered: by a stream, or by 503.
        heads = [await asyncio.wait_for(reader.readline(), 30) for reader, _ in opened]
        taken = [reader for (reader, _), head in zip(opened, heads, strict=True) if b" 200 " in head]
        assert set(heads) == {b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 503 Service Unavailable\r\n"}
        assert len(taken) == lowered["lowered_to"]
        assert await health(gateway) == 200
        # Redis goes on: a tick of now reaches every stream.
        await feeder.tick("A")
        for reader in taken:
            await asyncio.wait_for(reader.readuntil(b'"q":2'), 30)
        assert len(lines(gateway)) < len(started) + 3


async def test_connections_that_ask_for_nothing_wait_and_leave_redis_its_own(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick("A")
    async with (
        feeder.beating(),
        running_gateway(valkey_url, open_files=FILES, log_format="json") as gateway,
    ):
        started = len(lines(gateway))
        async with AsyncExitStack() as stack:
            reader, _ = await asked(gateway, stack)
            await reader.readuntil(b'"q":1')
            # Kept: asyncio closes a connection whose reader is gone.
            idle = [await connected(gateway, stack) for _ in range(CLIENTS)]
            await eventually(lambda: "clients wait" in gateway.output())
            await feeder.tick("A")
            await asyncio.wait_for(reader.readuntil(b'"q":2'), 30)
            assert len(idle) == CLIENTS
        assert await health(gateway) == 200
        assert len(lines(gateway)) < started + 3


async def test_all_partitions_at_once_take_no_more_connections_to_redis_than_are_reserved(
    valkey_url: str,
) -> None:
    client = FeedClient(valkey_url)
    async with redis.asyncio.Redis.from_url(valkey_url) as admin:
        before = len(await admin.client_list())
        await asyncio.gather(*(client.ask("EXISTS", str(partition)) for partition in range(256)))
        assert 0 < len(await admin.client_list()) - before < OWN / 2
    await client.close()


@pytest.mark.parametrize(
    ("limit", "wanted", "streams", "connections"),
    [
        (None, 20_000, 20_000, None),
        (1_048_576, 20_000, 20_000, 1_048_552),
        (20_000, 18_000, 18_000, 19_976),
        (1024, 20_000, 956, 1000),
        (64, 20_000, 18, 40),
        (64, 5, 5, 40),
        (20, 20_000, 1, 10),
    ],
)
def test_what_fits_into_a_limit(
    limit: int | None, wanted: int, streams: int, connections: int | None
) -> None:
    assert share_out(limit, wanted) == (streams, connections)
