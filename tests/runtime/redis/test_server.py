"""One address, two servers: whatever comes to lead elsewhere, both are never believed side by side."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest
import redis

from tests.support.servers import PrivateValkey
from tests.support.virtual_address import VirtualAddress, virtual_address
from tickcast.runtime.redis.address import Host
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import LinkDownError, LinkRefusedError
from tickcast.runtime.redis.topology import Topology

ANOTHER = "another server answers at this address now"


class Pair(NamedTuple):
    """Two servers that both live, and the address that leads to the first."""

    old: PrivateValkey
    new: PrivateValkey
    address: VirtualAddress


@pytest.fixture
def servers() -> Iterator[tuple[PrivateValkey, PrivateValkey]]:
    with PrivateValkey() as old, PrivateValkey() as new:
        for name, server in (("old", old), ("new", new)):
            with redis.Redis.from_url(server.url) as client:
                client.set("name", name)
        yield old, new


@pytest.fixture
async def pair(servers: tuple[PrivateValkey, PrivateValkey]) -> AsyncIterator[Pair]:
    old, new = servers
    async with virtual_address(old.port) as address:
        yield Pair(old, new, address)


@pytest.fixture
async def client(pair: Pair) -> AsyncIterator[RedisClient]:
    found = RedisClient(pair.address.url, None, timeout=2.0)
    yield found
    await found.close()


async def names(client: RedisClient, at_once: int) -> list[bytes | BaseException]:
    """Ask for the server's name over several connections at once."""
    asking = (client.execute("name", "GET", "name") for _ in range(at_once))
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_after_the_loss_of_a_subscription_no_command_goes_to_the_old_server(
    client: RedisClient, pair: Pair
) -> None:
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription as messages:
        assert await names(client, 8) == [b"old"] * 8
        pair.address.target = pair.new.port
        with redis.Redis.from_url(pair.old.url) as old:
            old.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        with pytest.raises(LinkDownError):
            await anext(messages)
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription as messages:
        assert await names(client, 8) == [b"new"] * 8
        with redis.Redis.from_url(pair.new.url) as new:
            new.publish("channel", "text")
        assert await anext(messages) == (1, b"text")


async def test_a_command_that_meets_another_server_ends_subscriptions_and_commands_under_way(
    client: RedisClient, pair: Pair
) -> None:
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription as messages:
        waiting = asyncio.create_task(client.execute("list", "BLPOP", "list", 60))
        assert await names(client, 1) == [b"old"]
        pair.address.target = pair.new.port
        met = await names(client, 2)  # one connection more than is open
        assert sum(isinstance(each, LinkDownError) and ANOTHER in str(each) for each in met) >= 1
        assert b"new" not in met
        with pytest.raises(LinkDownError, match=ANOTHER):
            await asyncio.wait_for(anext(messages), 1)
        with pytest.raises(LinkDownError, match=ANOTHER):
            await asyncio.wait_for(waiting, 1)
    assert await names(client, 4) == [b"new"] * 4


async def test_a_subscription_that_meets_another_server_fails_and_takes_commands_along(
    client: RedisClient, pair: Pair
) -> None:
    assert await names(client, 3) == [b"old"] * 3
    pair.address.target = pair.new.port
    (subscription,) = await client.subscriptions({"channel": 1})
    with pytest.raises(LinkDownError, match=ANOTHER):
        async with subscription:
            pass
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription:
        assert await names(client, 3) == [b"new"] * 3


async def test_a_restart_of_the_server_costs_no_more_than_the_commands_of_that_moment(
    client: RedisClient, pair: Pair
) -> None:
    assert await names(client, 3) == [b"old"] * 3
    pair.old.restart()
    for answer in await names(client, 1):
        assert answer is None or isinstance(answer, LinkDownError)
    assert await names(client, 3) == [None] * 3


async def test_who_writes_is_refused_by_a_replica_and_who_reads_is_not(
    servers: tuple[PrivateValkey, PrivateValkey],
) -> None:
    old, new = servers
    with redis.Redis.from_url(new.url) as replica:
        replica.replicaof("127.0.0.1", old.port)
    reader, writer = (RedisClient(new.url, None, 2.0, writes=writes) for writes in (False, True))
    await reader.execute("name", "EXISTS", "name")
    with pytest.raises(LinkDownError, match="no master any more"):
        await writer.execute("name", "EXISTS", "name")
    await reader.close()
    await writer.close()


async def test_a_subscription_at_a_master_that_was_replaced_ends_when_commands_find_the_new_one(
    servers: tuple[PrivateValkey, PrivateValkey],
) -> None:
    old, new = servers
    client = RedisClient("sentinel://127.0.0.1:1/name", None, 2.0)
    masters = [old.port]

    async def ask(_host: Host, _command: tuple[str, ...]) -> list[bytes]:
        return [b"127.0.0.1", str(masters[-1]).encode()]

    client._topology = Topology(client.address, ask)
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription as messages:
        assert await names(client, 2) == [b"old"] * 2
        masters.append(new.port)
        with pytest.raises(LinkDownError):
            await client.execute("name", "HGET", "name", "any")  # after a failure the master is looked up
        assert await names(client, 2) == [b"new"] * 2
        with pytest.raises(LinkDownError, match="moved to another server"):
            await asyncio.wait_for(anext(messages), 1)
    await client.close()


async def test_a_client_follows_its_twin_to_another_server(client: RedisClient, pair: Pair) -> None:
    twin = client.twin()
    assert await names(client, 3) == [b"old"] * 3
    pair.address.target = pair.new.port
    assert await names(twin, 1) == [b"new"]
    assert await names(client, 3) == [b"new"] * 3
    await twin.close()


async def test_a_missing_right_to_ask_the_server_who_it_is_is_named(pair: Pair, client: RedisClient) -> None:
    with redis.Redis.from_url(pair.old.url) as old:
        old.execute_command("ACL", "SETUSER", "default", "-info")
    with pytest.raises(LinkRefusedError, match="'info'") as caught:
        await client.execute("name", "GET", "name")
    assert "+info" in caught.value.hint
