"""Who leads when Redis was away: the leader of before, if it is still there."""

import time
from pathlib import Path

import pytest
import redis

from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import DeposedError, Lease
from tickcast.runtime.redis.errors import LinkDownError, LinkRefusedError
from tickcast.wire import names

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
        client.pexpire(names.lease(), 3_600_000) if left == "an hour" else client.persist(names.lease())
    second = await standby.acquire()
    assert second
    assert second > first
    with pytest.raises(DeposedError, match=r"^standby leads$"):
        await leader.renew()
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
