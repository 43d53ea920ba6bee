"""A Redis that fails a publisher: it hangs, breaks off, dies, comes back old, or has another leader."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import redis.asyncio

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import assert_continuous, published, sequences
from tests.support.eventually import eventually
from tests.support.redundant import Node
from tests.support.servers import PrivateValkey
from tickcast.runtime.redis.errors import Failure, LinkDownError, LinkRefusedError
from tickcast.wire.names import MAIN as names
from tickcast.wire.scripts import PUBLISH
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
    broken: Any, private_valkey: PrivateValkey, publishing: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher = publishing(private_valkey.url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    await broken.set(names.lease(0), "somebody 60000", px=60_000)
    await broken.hset(names.meta(0), "fence", int(time.time() + 1000) * 1000)
    publisher.feed("A", "2", "3")
    await eventually(lambda: not publisher.stats.leader)
    assert publisher.stats.ticks == 1
    assert publisher.stats.dropped_ticks == 2
    assert sequences(await read_log(broken)) == {b"A": [1]}
    assert await broken.get(names.lease(0)) == b"somebody 60000"
    assert not publisher.task.done()
    [line] = [
        each for each in capsys.readouterr().out.splitlines() if "ticks of the source are dropped" in each
    ]
    assert "reason='another publisher took over'" in line
    assert "ticks=2" in line


async def test_a_leader_that_leads_again_publishes_no_tick_that_it_dropped(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    publisher = publishing(private_valkey.url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    await broken.set(names.lease(0), "somebody 1000", px=1000)
    await broken.hset(names.meta(0), "fence", int(time.time() + 1000) * 1000)
    publisher.feed("A", "2", "3")
    await eventually(lambda: publisher.stats.dropped_ticks == 2)
    # The other leader leaves: its lease ends, and the next token says so.
    await broken.hdel(names.meta(0), "fence")
    await broken.incr(names.fence(0))
    await broken.delete(names.lease(0))
    await eventually(lambda: publisher.stats.leader)
    publisher.feed("A", "4")
    await published(publisher, 2)
    ticks = [json for batch in await read_log(broken) for _, json in batch.ticks]
    assert [decode_tick(json)[0].price for json in ticks] == ["1", "4"]
    assert sequences(await read_log(broken)) == {b"A": [1, 2]}


@pytest.mark.parametrize(
    ("taken", "given"),
    [
        (("-evalsha", "-eval"), ("+evalsha", "+eval")),
        (("-info",), ("+info",)),
        (("resetpass", ">secret"), ("nopass",)),
        (("resetkeys", "~other"), ("allkeys",)),
    ],
    ids=["scripts", "who the server is", "password", "keys"],
)
async def test_a_right_that_is_taken_away_is_waited_for_and_nothing_is_lost(
    broken: Any,
    private_valkey: PrivateValkey,
    publishing: Start,
    capsys: pytest.CaptureFixture[str],
    taken: tuple[str, ...],
    given: tuple[str, ...],
) -> None:
    publisher = publishing(private_valkey.url, lease=0.5)
    publisher.feed("A", "1")
    await published(publisher, 1)
    await broken.execute_command("ACL", "SETUSER", "default", *taken)
    # What a connection may not do is asked when it is opened.
    await broken.client_kill_filter(_type="normal", skipme=True)
    publisher.feed("A", "2")
    before = publisher._broker.retries
    await eventually(lambda: publisher._broker.retries >= before + 5)
    publisher.feed("A", "3")
    await broken.execute_command("ACL", "SETUSER", "default", *given)
    await published(publisher, 3)
    assert not publisher.task.done()
    batches = await read_log(broken)
    assert_continuous(batches)
    assert sequences(batches)[b"A"] == [1, 2, 3]
    assert "trying again" in capsys.readouterr().out


async def test_a_right_that_was_never_there_ends_the_publisher_at_once(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    await broken.execute_command("ACL", "SETUSER", "default", "-evalsha")
    publisher = publishing(private_valkey.url)
    with pytest.raises(LinkRefusedError, match="evalsha"):
        await publisher.task


async def _is_level(replica: Any) -> bool:
    return bool((await replica.info("replication"))["master_link_status"] == "up")


async def test_a_batch_without_an_answer_that_another_server_has_not_got_begins_a_new_epoch(
    broken: Any, private_valkey: PrivateValkey, publishing: Start
) -> None:
    with Node() as master:
        await broken.replicaof("127.0.0.1", master.port)
        await eventually(lambda: _is_level(broken))
        await broken.replicaof("NO", "ONE")
    publisher = publishing(private_valkey.url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    script, failed = publisher._broker.script, []

    async def once_unanswered(source: str, keys: Any, args: Any) -> Any:
        if source == PUBLISH and int(args[6]) and not failed:
            failed.append(args)
            # It is another process, too: a replica was promoted, which has all but this batch.
            await broken.hset(names.meta(0), "run", "0" * 40)
            raise LinkDownError("no answer", Failure.SILENT)
        return await script(source, keys, args)

    publisher._broker.script = once_unanswered
    publisher.feed("A", "2")
    await published(publisher, 2)
    assert failed
    assert publisher.stats.lost_epochs == 1
