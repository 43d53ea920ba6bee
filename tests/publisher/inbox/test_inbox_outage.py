"""The inbox while publishers die and Redis fails: nothing that was taken is lost, and nothing comes twice."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis.asyncio

from tests.publisher.conftest import Process, read_log
from tests.publisher.inbox.conftest import Taking, emptied, hand_in, prices, rejects, tick
from tests.publisher.written_log import assert_continuous, published
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.wire.names import MAIN as names
from tickcast.wire.producer import decode_producer
from tickcast.wire.symbol import partition_of

Start = Callable[..., Taking]


@pytest.fixture
async def broken(private_valkey: PrivateValkey) -> AsyncIterator[Any]:
    """A client of the private Valkey."""
    async with redis.asyncio.Redis.from_url(private_valkey.url) as client:
        yield client


def counted(symbol: str, last: int) -> dict[str, list[tuple[int, str]]]:
    """Return what the log holds of a symbol whose n-th tick has the price n."""
    return {symbol: [(n, str(n)) for n in range(1, last + 1)]}


async def test_every_entry_is_taken_once_when_the_leader_is_killed_amid_them(
    valkey: Any, valkey_url: str, process: Callable[..., Process]
) -> None:
    settings = {"TICKCAST_SOURCE": "inbox", "TICKCAST_LEASE": "0.5", "TICKCAST_BARS": "false"}
    leader, standby = (process(valkey_url, **settings) for _ in range(2))
    await eventually(lambda: valkey.get(names.lease(0)))
    if f":{standby.popen.pid}:".encode() in await valkey.get(names.lease(0)):
        leader, standby = standby, leader

    async def produce() -> int:
        number = 0
        while not done.is_set():
            number += 1
            for _ in range(1 + (number % 7 == 0)):
                await hand_in(valkey, tick("A", number), by="feeder", number=number)
            await asyncio.sleep(0.002)
        return number

    async def has_taken(number: int) -> bool:
        found = await valkey.hget(names.producers(0), "feeder")
        return found is not None and (decode_producer(found).number or 0) >= number

    done = asyncio.Event()
    producing = asyncio.create_task(produce())
    await eventually(lambda: has_taken(50))
    leader.signal(signal.SIGKILL)
    await eventually(lambda: standby.said("leading"))
    killed_at = decode_producer(await valkey.hget(names.producers(0), "feeder")).number or 0
    await eventually(lambda: has_taken(killed_at + 50))
    done.set()
    number = await producing
    await emptied(valkey)
    assert await prices(valkey) == counted("A", number)
    assert_continuous(await read_log(valkey))
    assert decode_producer(await valkey.hget(names.producers(0), "feeder")).taken == number


async def test_partitions_that_move_between_publishers_take_every_entry_once(
    valkey: Any, valkey_url: str, taking: Start
) -> None:
    symbols = {partition_of(f"S{n}".encode(), 4): f"S{n}" for n in range(40)}

    async def produce(partition: int, symbol: str) -> int:
        number = 0
        while not done.is_set():
            number += 1
            line = tick(symbol, number)
            await hand_in(valkey, line, by="feeder", number=number, partition=partition)
            await asyncio.sleep(0.005)
        return number

    done = asyncio.Event()
    first = taking(valkey_url, partitions=4, bars=False)
    await eventually(lambda: first.stats.led == 4)
    producing = [asyncio.create_task(produce(*each)) for each in symbols.items()]
    second = taking(valkey_url, partitions=4, bars=False)
    await eventually(lambda: second.stats.led == 2 and second.stats.ticks > 50)
    await second.end()
    before = first.stats.ticks
    await eventually(lambda: first.stats.led == 4 and first.stats.ticks > before + 50)
    done.set()
    numbers = dict(zip(symbols, await asyncio.gather(*producing), strict=True))
    for partition, symbol in symbols.items():
        await emptied(valkey, partition)
        assert await prices(valkey, partition) == counted(symbol, numbers[partition])
    assert first.stats.dropped_ticks == second.stats.dropped_ticks == 0


async def test_a_call_whose_answer_was_lost_records_an_entry_once(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    publisher = taking(private_valkey.url, lease=60)
    await hand_in(broken, tick("A", 1), by="feeder")
    await published(publisher, 1)
    # Redis reads a call, but its answer finds no connection any more.
    for n in range(2, 32):
        lines = [b"{"] if n % 2 else [tick("A", n // 2 + 1)]
        await hand_in(broken, *lines, by="feeder")
        await broken.client_kill_filter(_type="normal", skipme=True)
    await published(publisher, 16)
    await emptied(broken)
    assert await prices(broken) == counted("A", 16)
    assert len(await rejects(broken)) == 15
    found = decode_producer(await broken.hget(names.producers(0), "feeder"))
    assert (found.taken, found.refused) == (16, 15)
    assert not await broken.exists(names.held(0))


async def test_a_hung_redis_loses_nothing_and_takes_nothing_twice(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    publisher = taking(private_valkey.url)
    for n in range(1, 401):
        await hand_in(broken, tick("A", n))
    private_valkey.pause()
    await eventually(lambda: publisher._broker.retries >= 2)
    private_valkey.resume()
    await published(publisher, 400)
    assert await prices(broken) == counted("A", 400)


async def test_a_redis_that_comes_back_with_its_data_goes_on_exactly(taking: Start) -> None:
    with PrivateValkey(appendonly="yes", appendfsync="always") as server:
        publisher = taking(server.url)
        async with redis.asyncio.Redis.from_url(server.url) as client:
            for n in range(1, 51):
                await hand_in(client, tick("A", n), by="feeder", number=n)
        server.kill()
        server.restart()
        async with redis.asyncio.Redis.from_url(server.url) as client:
            await hand_in(client, tick("A", 50), by="feeder", number=50)
            await hand_in(client, tick("A", 51), by="feeder", number=51)
            await emptied(client)
            await eventually(lambda: publisher.stats.ticks >= 51)
            assert await prices(client) == counted("A", 51)
        await publisher.end()


async def test_a_redis_that_comes_back_empty_still_knows_what_was_taken(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    publisher = taking(private_valkey.url)
    await hand_in(broken, tick("A", 1), by="feeder", number=1)
    await hand_in(broken, b"{", by="other", number=7)
    await published(publisher, 1)
    await emptied(broken)
    private_valkey.kill()
    private_valkey.restart()
    await eventually(lambda: publisher.stats.lost_epochs == 1)
    await broken.connection_pool.disconnect()
    await hand_in(broken, tick("A", 1), by="feeder", number=1)
    await hand_in(broken, tick("A", 2), by="feeder", number=2)
    await published(publisher, 2)
    await emptied(broken)
    assert await prices(broken) == {"A": [(2, "2")]}
    assert decode_producer(await broken.hget(names.producers(0), "other")).number == 7


async def test_an_older_copy_of_the_inbox_is_not_taken_again(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    publisher = taking(private_valkey.url, bars=False)
    await hand_in(broken, tick("A", 1))
    await published(publisher, 1)
    old = [names.meta(0), names.log(0), names.last(0), names.inbox(0)]
    dumps = {name: await broken.dump(name) for name in old}
    _, entry_id = await hand_in(broken, tick("A", 2))
    await published(publisher, 2)
    # As on a replica that lagged when it was promoted: the entry is there, and not what became of it.
    async with broken.pipeline(transaction=True) as pipe:
        for name, dumped in dumps.items():
            pipe.restore(name, 0, dumped, replace=True)
        pipe.xadd(names.inbox(0), {"d": tick("A", 2)}, id=entry_id)
        await pipe.execute()
    await eventually(lambda: publisher.stats.lost_epochs == 1)
    await emptied(broken)
    assert await broken.hget(names.meta(0), "in") == entry_id
    await hand_in(broken, tick("A", 3))
    await published(publisher, 3)
    assert await prices(broken) == {"A": [(3, "3")]}


async def test_a_deposed_leader_drops_no_tick_of_the_inbox(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    publisher = taking(private_valkey.url)
    await hand_in(broken, tick("A", 1))
    await published(publisher, 1)
    await broken.set(names.lease(0), "somebody 1000", px=1000)
    await broken.hset(names.meta(0), "fence", int(time.time() + 1000) * 1000)
    await hand_in(broken, tick("A", 2))
    await eventually(lambda: not publisher.stats.leader)
    assert publisher.stats.dropped_ticks == 0
    assert await broken.xlen(names.inbox(0)) == 1
    # The other leader leaves: its lease ends, and the next token says so.
    await broken.hdel(names.meta(0), "fence")
    await broken.incr(names.fence(0))
    await broken.delete(names.lease(0))
    await published(publisher, 2)
    assert await prices(broken) == counted("A", 2)


async def test_ids_that_are_ahead_of_the_clock_of_redis_hide_no_new_entry(
    valkey: Any, valkey_url: str, taking: Start
) -> None:
    # As if the clock had been set back by an hour, and the inbox made again since.
    await valkey.hset(names.meta(0), "in", f"{int(time.time() + 3600) * 1000}-5")
    await hand_in(valkey, tick("A", 1))
    publisher = taking(valkey_url)
    await published(publisher, 1)
    await hand_in(valkey, tick("A", 2))
    await published(publisher, 2)
    assert await prices(valkey) == counted("A", 2)


async def test_a_full_redis_takes_nothing_until_the_log_has_made_room(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    publisher = taking(private_valkey.url, bars=False)
    for n in range(1, 6):
        await hand_in(broken, tick("A", n))
        await published(publisher, n)
    await broken.config_set("maxmemory", 1)
    why = await hand_in(broken, tick("A", 6))
    assert (why[0], why[2]) == (b"full", b"redis")
    await eventually(lambda: publisher.stats.full > 0)
    await broken.config_set("maxmemory", 0)
    assert (await hand_in(broken, tick("A", 6)))[0] == b"ok"
    await published(publisher, 6)
    assert (await prices(broken))["A"][-1] == (6, "6")


async def test_a_redis_that_is_full_of_entries_is_emptied_by_publishing_them(
    broken: Any, private_valkey: PrivateValkey, taking: Start
) -> None:
    for n in range(1, 6):
        await hand_in(broken, tick("A", n))
    await broken.config_set("maxmemory", 1)
    publisher = taking(private_valkey.url, bars=False)
    await published(publisher, 5)
    await emptied(broken)
    assert decode_producer(await broken.hget(names.producers(0), "")).taken == 5
    assert (await hand_in(broken, tick("A", 6)))[0] == b"full"
