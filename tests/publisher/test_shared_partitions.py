"""Publishers share the partitions of a feed by leases: they join, leave and die, and q never repeats."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio

from tests.publisher.conftest import Process, read_log
from tests.publisher.written_log import assert_continuous
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.runtime.errors import BAD_SETTINGS
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import decode_tick

PARTITIONS = 8
Start = Callable[..., Process]
SETTINGS = {"TICKCAST_PARTITIONS": str(PARTITIONS), "TICKCAST_SYMBOLS": "200", "TICKCAST_RATE": "2000"}


async def leaders(client: "redis.asyncio.Redis[bytes]") -> list[int]:
    """Return the process that leads each partition; 0: nobody."""
    held = [await client.get(names.lease(partition)) for partition in range(PARTITIONS)]
    return [int(lease.split(b":")[1]) if lease else 0 for lease in held]


def led_by(client: Any, **shares: int) -> Callable[[], Awaitable[bool]]:
    async def is_so() -> bool:
        found = await leaders(client)
        return all(found.count(int(pid[1:])) == share for pid, share in shares.items()) and 0 not in found

    return is_so


def shares(*given: tuple[Process, int]) -> dict[str, int]:
    return {f"p{process.popen.pid}": share for process, share in given}


async def counts(client: Any) -> list[int]:
    """Return the sum of q over the newest ticks of each partition."""
    found = []
    for partition in range(PARTITIONS):
        last = await client.hgetall(names.last(partition))
        found.append(sum(decode_tick(json)[1] or 0 for json in last.values()))
    return found


async def flows(client: Any) -> None:
    """Wait until every partition has more ticks than now."""
    before = await counts(client)

    async def more() -> bool:
        return all(new > old for new, old in zip(await counts(client), before, strict=True))

    await eventually(more)


async def test_partitions_move_when_publishers_come_go_and_die(
    client: Any, redis_url: str, process: Start
) -> None:
    first = process(redis_url, **SETTINGS)
    await eventually(led_by(client, **shares((first, 8))))
    await flows(client)
    second = process(redis_url, **SETTINGS)
    await eventually(led_by(client, **shares((first, 4), (second, 4))))
    third = process(redis_url, **SETTINGS)
    await eventually(led_by(client, **shares((first, 3), (second, 3), (third, 2))))
    await flows(client)
    second.signal(signal.SIGKILL)
    await eventually(led_by(client, **shares((first, 4), (third, 4))))
    await flows(client)
    first.signal(signal.SIGTERM)
    await eventually(led_by(client, **shares((third, 8))))
    await flows(client)
    third.signal(signal.SIGTERM)
    await eventually(lambda: third.popen.poll() is not None)
    for partition in range(PARTITIONS):
        assert_continuous(await read_log(client, partition))
    assert third.popen.returncode == 0
    assert not await client.hgetall(names.publishers())
    # Nobody was deposed: who gives up a partition does so of itself.
    for each in (first, second, third):
        assert "stepping down" not in each.log.read_text()


async def test_a_publisher_leads_only_the_symbols_of_its_partitions(
    valkey: Any, valkey_url: str, process: Start
) -> None:
    pair = [process(valkey_url, **SETTINGS) for _ in range(2)]
    await eventually(led_by(valkey, **shares((pair[0], 4), (pair[1], 4))))
    await flows(valkey)

    async def complete() -> bool:
        return sum([await valkey.hlen(names.last(partition)) for partition in range(PARTITIONS)]) == 200

    await eventually(complete)
    # 200 symbols in all, and none of them twice.
    seen: list[bytes] = []
    for partition in range(PARTITIONS):
        seen += await valkey.hkeys(names.last(partition))
    assert len(seen) == len(set(seen)) == 200


async def test_a_source_that_cannot_be_shared_leads_all_partitions_and_the_others_stand_by(
    valkey: Any, valkey_url: str, process: Start
) -> None:
    whole = process(valkey_url, **SETTINGS, TICKCAST_SOURCE="stdin")
    lease = await eventually(lambda: valkey.get(names.lease(0)))
    assert int(lease.split(b":")[1]) == whole.popen.pid
    shared = process(valkey_url, **SETTINGS)
    await eventually(lambda: valkey.hlen(names.publishers()))
    whole.popen.stdin.write(b'{"S":"AAPL","t":1795384800000000,"p":1}\n')
    whole.popen.stdin.flush()
    await eventually(lambda: asyncio.ensure_future(_total(valkey)))
    assert await leaders(valkey) == [whole.popen.pid, *[0] * (PARTITIONS - 1)]
    whole.popen.stdin.close()
    await eventually(led_by(valkey, **shares((shared, 8))))


async def _total(client: Any) -> int:
    return sum(await counts(client))


async def test_a_publisher_of_another_shape_ends_while_the_others_lead(
    valkey: Any, valkey_url: str, process: Start
) -> None:
    first = process(valkey_url, **SETTINGS)
    await eventually(led_by(valkey, **shares((first, 8))))
    await flows(valkey)
    other = process(valkey_url, **SETTINGS | {"TICKCAST_PARTITIONS": "4"})
    await eventually(lambda: other.popen.poll() is not None)
    assert other.popen.returncode == BAD_SETTINGS
    assert "the feed in Redis has TICKCAST_PARTITIONS=8" in other.log.read_text().splitlines()[-1]
    assert await leaders(valkey) == [first.popen.pid] * PARTITIONS


async def test_the_last_leader_returns_first_after_an_outage_of_redis(process: Start) -> None:
    with PrivateValkey(appendonly="yes") as server:
        first = process(server.url, **SETTINGS)
        async with redis.asyncio.Redis.from_url(server.url) as client:
            await eventually(led_by(client, **shares((first, 8))))
            await flows(client)
        second = process(server.url, **SETTINGS)
        async with redis.asyncio.Redis.from_url(server.url) as client:
            await eventually(led_by(client, **shares((first, 4), (second, 4))))
            before = await leaders(client)
        server.restart()
        async with redis.asyncio.Redis.from_url(server.url) as client:
            await flows(client)
            assert await leaders(client) == before
    for each in (first, second):
        assert "stepping down" not in each.log.read_text()
