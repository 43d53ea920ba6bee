"""Who leads when Redis was away: the leader of before, if it is still there."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import DEADLINE, DeposedError, Lease
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import LinkDownError, LinkRefusedError
from tickcast.wire.names import MAIN as names

SECONDS = 1.0


async def test_a_standby_lets_the_leader_go_first_when_redis_was_away(private_valkey: PrivateValkey) -> None:
    broker = Broker(private_valkey.url)
    # So long that nothing ends meanwhile, however slow the machine is.
    standby, leader = Lease(broker, "standby", 60.0), Lease(broker, "leader", 60.0)
    private_valkey.kill()
    with pytest.raises(LinkDownError):
        await standby.acquire()
    private_valkey.restart()
    assert await standby.acquire() is None
    await leader.renew()
    assert await standby.acquire() is None
    await broker.close()


async def test_a_standby_leads_when_nobody_comes_back_with_redis(private_valkey: PrivateValkey) -> None:
    broker = Broker(private_valkey.url)
    standby = Lease(broker, "standby", SECONDS)
    private_valkey.kill()
    with pytest.raises(LinkDownError):
        await standby.acquire()
    private_valkey.restart()
    began = time.monotonic()
    assert await eventually(standby.acquire)
    assert time.monotonic() - began >= SECONDS
    await broker.close()


@pytest.mark.parametrize("left", ["an hour", "for ever"])
async def test_a_lease_that_would_not_run_out_is_void(private_valkey: PrivateValkey, left: str) -> None:
    # As after Redis's clock was set back by an hour: the key ends when it would have, an hour later.
    broker = Broker(private_valkey.url)
    leader, standby = Lease(broker, "leader", 60.0), Lease(broker, "standby", 2.0)
    first = await leader.acquire()
    assert first
    # Longer than the standby's own, and good all the same: a lease says how long it is.
    assert await standby.acquire() is None
    with redis.Redis.from_url(private_valkey.url) as client:
        client.pexpire(names.lease(0), 3_600_000) if left == "an hour" else client.persist(names.lease(0))
    second = await standby.acquire()
    assert second
    assert second > first
    with pytest.raises(DeposedError, match=r"^standby leads$"):
        await leader.renew()
    await broker.close()


async def test_a_request_that_redis_carries_out_late_deposes_nobody(private_valkey: PrivateValkey) -> None:
    broker, impatient = Broker(private_valkey.url), Broker(private_valkey.url, timeout=0.2)
    leader, standby = Lease(broker, "leader", 0.5), Lease(impatient, "standby", 0.5)
    assert await leader.acquire()
    assert await standby.acquire() is None
    private_valkey.pause()
    with pytest.raises(LinkDownError):
        await standby.acquire()
    # The lease runs out while Redis hangs. Then Redis reads the standby's request first.
    await asyncio.sleep(0.6)
    private_valkey.resume()
    await leader.renew()
    assert await standby.acquire() is None
    await leader.renew()
    for each in (broker, impatient):
        await each.close()


async def test_a_standby_that_saw_the_lease_before_redis_hung_waits_for_its_leader(
    private_valkey: PrivateValkey,
) -> None:
    # As after Redis's clock was set forward: the lease is over, and its leader knows nothing of it.
    broker = Broker(private_valkey.url)
    leader, standby = Lease(broker, "leader", 60.0), Lease(broker, "standby", 60.0)
    assert await leader.acquire()
    assert await standby.acquire() is None
    with redis.Redis.from_url(private_valkey.url) as client:
        client.delete(names.lease(0))
    assert await standby.acquire() is None
    await leader.renew()
    # Given up is another matter: then nobody has to wait.
    await leader.release()
    assert await standby.acquire()
    await broker.close()


class SlowLine(Broker):
    """A line on which the requests after the first arrive when the test lets them."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.sent = asyncio.Event()
        self.arrive = asyncio.Event()

    async def script(self, source: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        if self.sent.is_set():
            await self.arrive.wait()
        self.sent.set()
        return await super().script(source, keys, args)


@pytest.mark.parametrize("meanwhile", ["time has passed", "another term began and ended"])
async def test_a_request_for_the_lease_is_void_when_it_comes_late(
    private_valkey: PrivateValkey, meanwhile: str
) -> None:
    broker, slow = Broker(private_valkey.url), SlowLine(private_valkey.url)
    asking = asyncio.create_task(Lease(slow, "standby", 2.0).acquire())
    await slow.sent.wait()
    if meanwhile == "time has passed":
        await asyncio.sleep(DEADLINE + 0.2)
    else:
        other = Lease(broker, "other", 2.0)
        assert await other.acquire()
        await other.release()
    slow.arrive.set()
    assert await asking is None
    assert await Lease(broker, "third", 2.0).acquire()
    for each in (broker, slow):
        await each.close()


async def test_a_renewal_that_comes_after_the_release_takes_nothing(private_valkey: PrivateValkey) -> None:
    broker = Broker(private_valkey.url)
    leader = Lease(broker, "leader", 60.0)
    assert await leader.acquire()
    await leader.release()
    with pytest.raises(DeposedError, match="fencing token"):
        await leader.renew()
    assert await Lease(broker, "standby", 60.0).acquire()
    await broker.close()


@pytest.mark.parametrize("key", [names.lease(0), names.fence(0)])
@pytest.mark.parametrize("kind", ["a text", "a list", "a huge number"])
async def test_rubbish_in_a_key_of_the_lease_keeps_nobody_from_leading(
    private_valkey: PrivateValkey, key: str, kind: str
) -> None:
    broker = Broker(private_valkey.url)
    with redis.Redis.from_url(private_valkey.url) as client:
        if kind == "a list":
            client.rpush(key, "x")
        else:
            client.set(key, "rubbish" if kind == "a text" else "9" * 300)
    leader = Lease(broker, "leader", 60.0)
    token = await leader.acquire()
    assert token
    assert token < 2**52
    await leader.renew()
    assert await Lease(broker, "standby", 60.0).acquire() is None
    await broker.close()


async def test_the_password_is_read_from_a_file(private_valkey: PrivateValkey, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("right\n", "utf-8")
    with redis.Redis.from_url(private_valkey.url) as client:
        client.config_set("requirepass", "right")
    broker = Broker(private_valkey.url, file)
    assert await Lease(broker, "leader", SECONDS).acquire()
    await broker.close()
    file.write_text("wrong", "utf-8")
    broker = Broker(private_valkey.url, file)
    with pytest.raises(LinkRefusedError):
        await Lease(broker, "leader", SECONDS).acquire()
    await broker.close()


def test_a_password_file_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LinkRefusedError, match="password cannot be read"):
        Broker("redis://127.0.0.1", tmp_path / "none")
