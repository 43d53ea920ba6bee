"""The scripts on a Redis that is full and evicts nothing."""

from collections.abc import AsyncIterator

import pytest

from tests.wire.conftest import Scripts, batches
from tickcast.wire.names import MAIN as names


@pytest.fixture
async def full(scripts: Scripts) -> AsyncIterator[bytes]:
    """The newest id of ten batches, after which Redis takes no more."""
    await scripts.claim()
    newest: bytes = b"0-0"
    for n in range(1, 11):
        _, newest = await scripts.publish(newest, n)
    await scripts.client.config_set("maxmemory", 1)
    yield newest
    await scripts.client.config_set("maxmemory", 0)


async def test_each_refused_batch_makes_the_log_shorter(scripts: Scripts, full: bytes) -> None:
    lengths = [await scripts.publish(full, n=11, minid="1-0") for _ in range(9)]
    assert lengths[:2] == [[b"full", 10, 8], [b"full", 8, 7]]
    assert lengths[-1] == [b"full", 1, 0]
    assert await scripts.publish(full, n=11) == [b"full", 0, 0]
    assert await scripts.client.hget(names.meta(0), "trouble") == b"full"


async def test_a_refused_batch_is_written_once_there_is_room(scripts: Scripts, full: bytes) -> None:
    await scripts.publish(full, n=11)
    await scripts.client.config_set("maxmemory", 0)
    ok, _ = await scripts.publish(full, n=11)
    assert ok == b"ok"
    assert len(await batches(scripts)) == 9
    assert await scripts.client.hget(names.meta(0), "trouble") is None


async def test_a_heartbeat_makes_room_as_well(scripts: Scripts, full: bytes) -> None:
    assert await scripts.publish(full, lines=b"") == [b"full", 10, 8]


async def test_a_full_redis_can_be_claimed(scripts: Scripts, full: bytes) -> None:
    assert (await scripts.claim(fence=2, symbols=("AAPL", "{}")))[0] == b"ok"


async def test_a_new_writer_starts_without_the_trouble_of_the_one_before(
    scripts: Scripts, full: bytes
) -> None:
    await scripts.publish(full, n=11)
    assert await scripts.client.hget(names.meta(0), "trouble") == b"full"
    await scripts.claim(fence=2)
    assert await scripts.client.hget(names.meta(0), "trouble") is None
