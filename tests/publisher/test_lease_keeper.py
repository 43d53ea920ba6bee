"""A leader short of CPU goes on leading, and one that hangs does not."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis

from tests.publisher.conftest import Process, Publishing
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import LONGEST, Lease
from tickcast.publisher.lease_keeper import LeaseKeeper
from tickcast.wire.names import MAIN as names

Start = Callable[..., Publishing]
LOOPS = os.cpu_count() or 2
"""Busy loops beside the publishers: as many as there are cores."""


async def test_a_leader_whose_event_loop_is_busy_goes_on_leading(
    private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url, lease=0.5)
    await eventually(lambda: publisher.stats.leader)
    with redis.Redis.from_url(private_valkey.url) as client:
        held: Any = await eventually(lambda: client.get(names.lease(0)))
        until = time.monotonic() + 2
        while time.monotonic() < until:  # this is the publisher's event loop
            found: Any = client.get(names.lease(0))
            assert found is not None
            assert found.split()[0] == held.split()[0]
    assert publisher.stats.leader
    assert publisher.stats.terms == 1


async def test_a_leader_that_hangs_loses_its_lease(
    private_valkey: PrivateValkey, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.lease_keeper.LONGEST", 0.5)
    publisher = publishing(private_valkey.url, lease=0.5)
    await eventually(lambda: publisher.stats.leader)
    with redis.Redis.from_url(private_valkey.url) as client:
        await eventually(lambda: client.get(names.lease(0)))
        until = time.monotonic() + 60
        while client.get(names.lease(0)):
            assert time.monotonic() < until


async def test_a_lease_grows_while_renewals_come_late_and_shrinks_again(
    private_valkey: PrivateValkey,
) -> None:
    broker = Broker(private_valkey.url)
    lease = Lease(broker, "leader", 1.0)
    assert await lease.acquire()
    keeping = asyncio.create_task(LeaseKeeper([lease], lambda *_: None).run())
    with redis.Redis.from_url(private_valkey.url) as client:

        def length() -> int:
            value: Any = client.get(names.lease(0))
            return int(value.split()[1])

        assert length() < 1500
        private_valkey.pause()
        await asyncio.sleep(0.7)  # less than the time in which a broker expects an answer
        private_valkey.resume()
        await eventually(lambda: length() > 2500)
        grown = length()
        assert grown <= LONGEST * 1000
        # It says how long it is, so a standby with a shorter lease takes it for good.
        standby = Lease(broker, "standby", 0.5)
        assert await standby.acquire() is None
        await eventually(lambda: length() < grown)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    await broker.close()


async def test_many_keepers_renew_at_once(private_valkey: PrivateValkey) -> None:
    """A publisher has one for each set of leases that it took together; a loop lends out few threads."""
    count = 5 * LOOPS + 10
    broker = Broker(private_valkey.url)
    leases = [Lease(broker, "leader", 1.0, partition) for partition in range(count)]
    assert all([await lease.acquire() for lease in leases])
    keeping = [asyncio.create_task(LeaseKeeper([lease], lambda *_: None).run()) for lease in leases]
    with redis.Redis.from_url(private_valkey.url) as client:
        # Twice as long as each lease lasts by itself.
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert client.exists(*map(names.lease, range(count))) == count
            await asyncio.sleep(0.05)
    for task in keeping:
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)
    await broker.close()


def test_a_lease_does_not_grow_beyond_its_bound() -> None:
    broker = Broker("redis://127.0.0.1")
    for least, most in ((2.0, LONGEST), (30.0, 30.0)):
        lease = Lease(broker, "leader", least)
        assert lease.seconds == least
        lease.lengthen(100.0)
        assert lease.seconds == most


async def test_a_deposed_publisher_lets_others_go_first(private_valkey: PrivateValkey) -> None:
    broker = Broker(private_valkey.url)
    deposed, leader, third = (Lease(broker, name, 0.5) for name in ("deposed", "leader", "third"))
    assert await leader.acquire()
    deposed.back_off()
    assert await deposed.acquire() is None
    with redis.Redis.from_url(private_valkey.url) as client:
        await eventually(lambda: client.get(names.lease(0)) is None)
    assert await deposed.acquire() is None
    assert await third.acquire()
    assert await deposed.acquire() is None
    # A lease that was given up needs no waiting, and one that nobody else takes is taken in the end.
    await third.release()
    assert await deposed.acquire()
    deposed.back_off()
    assert await eventually(deposed.acquire)
    await broker.close()


@pytest.fixture
def both_cores_busy() -> Iterator[None]:
    """Programs that take all CPU there is."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(LOOPS)]
    yield
    for each in loops:
        each.kill()
        each.wait()


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("both_cores_busy")
async def test_two_publishers_with_no_cpu_to_spare_do_not_depose_each_other(
    valkey: Any, valkey_url: str, process: Callable[..., Process]
) -> None:
    load = {"TICKCAST_SYMBOLS": "10000", "TICKCAST_RATE": "40000"}
    publishers = [process(valkey_url, **load) for _ in range(2)]
    fence = await eventually(lambda: valkey.get(names.fence(0)), timeout=120)

    async def writes() -> None:
        """Wait for a batch."""
        newest = await valkey.hget(names.meta(0), "id")

        async def newer() -> bool:
            return bool(await valkey.hget(names.meta(0), "id") != newest)

        await eventually(newer, timeout=120)

    await writes()
    # Longer than three leases of 2 s: before, there were three depositions in this time, and no tick.
    until = time.monotonic() + 8
    while time.monotonic() < until:
        assert await valkey.get(names.fence(0)) == fence
        await asyncio.sleep(0.1)
    await writes()
    assert await valkey.get(names.fence(0)) == fence
    assert not any(each.said("stepping down") for each in publishers)
