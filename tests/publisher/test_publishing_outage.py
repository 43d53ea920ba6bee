"""A Redis that fails a publisher: it hangs, breaks off, dies, comes back old, or has another leader."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis.asyncio

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import assert_continuous, published, sequences
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.wire import names
from tickcast.wire.tick import decode_tick

Start = Callable[..., Publishing]


@pytest.fixture
async def broken(private_valkey: PrivateValkey) -> AsyncIterator[Any]:
    """A client of the private Valkey."""
    async with redis.asyncio.Redis.from_url(private_valkey.url) as client:
        yield client


async def test_a_hung_redis_loses_nothing(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url, lease=0.5)
    publisher.feed("A", "1")
    await published(publisher, 1)
    private_valkey.pause()
    for _ in range(50):
        publisher.feed("A", *["2"] * 1000)
    await eventually(lambda: publisher._broker.retries >= 3)
    private_valkey.resume()
    await published(publisher, 50_001)
    batches = await read_log(broken)
    assert_continuous(batches)
    assert sequences(batches)[b"A"] == list(range(1, 50_002))
    assert publisher.stats.lost_epochs == 0


async def test_a_batch_whose_answer_was_lost_is_not_doubled(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url, lease=60)
    publisher.feed("A", "1")
    await published(publisher, 1)
    # Redis reads the call, but its answer finds no connection any more.
    for n in range(2, 42):
        publisher.feed("A", str(n))
        await broken.client_kill_filter(_type="normal", skipme=True)
    await published(publisher, 41)
    batches = await read_log(broken)
    assert_continuous(batches)
    assert sequences(batches)[b"A"] == list(range(1, 42))


async def test_a_redis_that_restarts_empty_is_filled_again(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url)
    publisher.feed("A", "1", "2")
    publisher.feed("B", "1")
    await published(publisher, 3)
    private_valkey.kill()
    publisher.feed("A", "3")
    await eventually(lambda: publisher._broker.retries >= 2)
    private_valkey.restart()
    await published(publisher, 4)
    assert sequences(await read_log(broken)) == {b"A": [3]}
    assert decode_tick(await broken.hget(names.last(0), "B"))[1] == 1
    assert publisher.stats.lost_epochs == 1


async def test_a_promoted_old_replica_gets_a_new_epoch(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url, bars=False)
    publisher.feed("A", "1")
    await published(publisher, 1)
    old = {name: await broken.dump(name) for name in (names.meta(0), names.log(0), names.last(0))}
    publisher.feed("A", "2")
    await published(publisher, 2)
    [first, second] = await read_log(broken)
    for name, dumped in old.items():
        await broken.restore(name, 0, dumped, replace=True)
    publisher.feed("A", "3")
    await published(publisher, 3)
    [third] = await read_log(broken)
    assert third.epoch != first.epoch
    assert third.id > second.id
    assert sequences([third]) == {b"A": [3]}


async def test_a_deposed_leader_stops_counts_what_waited_and_stands_by(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    await broken.set(names.lease(), "somebody 60000", px=60_000)
    await broken.hset(names.meta(0), "fence", 2**52)
    publisher.feed("A", "2", "3")
    await eventually(lambda: not publisher.stats.leader)
    assert publisher.stats.ticks == 1
    assert publisher.stats.dropped_ticks == 2
    assert sequences(await read_log(broken)) == {b"A": [1]}
    assert await broken.get(names.lease()) == b"somebody 60000"
    assert not publisher.task.done()
