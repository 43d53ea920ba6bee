"""A publisher whose keys in Redis are deleted or evicted one by one while it leads."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import published, sequences
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.wire.bar import bar_key
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick

Start = Callable[..., Publishing]
SECOND = 1_000_000
TIME = 1_795_384_800 * SECOND


@pytest.mark.parametrize("name", [names.last, names.symbols, names.bars])
async def test_the_leader_writes_back_what_is_missing_in_the_same_epoch(
    client: Any, redis_url: str, publishing: Start, name: Callable[[int], str]
) -> None:
    publisher = publishing(redis_url)
    publisher.feed("A", "1", "2")
    publisher.feed("B", "7")
    await published(publisher, 3)
    await eventually(lambda: publisher.stats.bars == 8)
    before = await client.hgetall(name(0))
    await client.delete(name(0))
    await eventually(lambda: publisher.stats.restored == 1)
    assert await client.hgetall(name(0)) == before
    publisher.feed("A", "3")
    await published(publisher, 4)
    batches = await read_log(client)
    assert sequences(batches) == {b"A": [1, 2, 3], b"B": [1]}
    assert len({batch.epoch for batch in batches}) == 1
    assert publisher.stats.lost_epochs == 0


@pytest.mark.usefixtures("quiet_bars")
async def test_a_bar_that_was_evicted_is_final_all_the_same(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url)

    async def give(second: int) -> None:
        publisher.source.queue.put_nowait([Tick("A", TIME + second * SECOND, "1")])
        await published(publisher, publisher.stats.ticks + 1)

    await give(0)
    await give(1)
    await client.delete(names.bars(0))
    await give(2)
    await give(3)
    assert await client.llen(names.bar_list(0, bar_key(b"A", "1s"))) == 2


async def test_a_log_that_is_gone_is_counted_and_the_chain_goes_on(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url, bars=False)
    publisher.feed("A", "1")
    await published(publisher, 1)
    [before] = await read_log(client)
    await client.delete(names.log(0))
    await eventually(lambda: publisher.stats.restored == 1)
    publisher.feed("A", "2")
    await published(publisher, 2)
    [after] = await read_log(client)
    assert (after.epoch, after.prev) == (before.epoch, before.id)


@pytest.mark.parametrize(
    ("limit", "policy"), [("0", "allkeys-lru"), ("100mb", "noeviction"), ("100mb", "allkeys-lru")]
)
async def test_a_policy_that_evicts_is_warned_of_once(
    publishing: Start, capsys: pytest.CaptureFixture[str], limit: str, policy: str
) -> None:
    with PrivateValkey(maxmemory=limit, maxmemory_policy=policy) as server:
        publisher = publishing(server.url, partitions=3)
        publisher.feed("A", "1")
        await published(publisher, 1)
        # Ticks do not wait for the question.
        await eventually(lambda: publisher.stats.heartbeats > 0)
        await publisher.end()
    warned = capsys.readouterr().out.count("redis may evict the feed's keys")
    assert warned == ((limit, policy) == ("100mb", "allkeys-lru"))
