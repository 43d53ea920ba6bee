"""The way into Redis: its password, many questions at once, and several streams as one."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
import redis

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.redundant import Node, redis_cluster
from tests.support.servers import PrivateValkey
from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.client import FeedClient, merged
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import MAIN as names

PARTITIONS = 16


async def test_the_password_is_read_from_a_file(private_valkey: PrivateValkey, tmp_path: Path) -> None:
    file = tmp_path / "password"
    with redis.Redis.from_url(private_valkey.url) as client:
        client.config_set("requirepass", "right")
    file.write_text("right\n", "utf-8")
    feed_client = FeedClient(private_valkey.url, file)
    broker = Broker(feed_client)
    assert (await broker.state(0)).epoch == ""
    async with broker.live(1):
        pass
    await feed_client.close()
    file.write_text("wrong", "utf-8")
    feed_client = FeedClient(private_valkey.url, file)
    broker = Broker(feed_client)
    with pytest.raises(LinkError, match="password"):
        await broker.state(0)
    await feed_client.close()


def test_a_password_file_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="password cannot be read"):
        FeedClient("redis://127.0.0.1", tmp_path / "none")


async def test_however_much_is_asked_at_once_nothing_is_refused(valkey_url: str) -> None:
    feed_client = FeedClient(valkey_url)
    answers = await asyncio.gather(*(feed_client.ask("EXISTS", "nothing") for _ in range(300)))
    assert answers == [0] * 300
    await feed_client.close()


async def test_a_feed_of_as_many_partitions_as_are_allowed_is_followed(valkey_url: str) -> None:
    async with (
        Feeder(valkey_url, MAX_PARTITIONS) as feeder,
        local_gateway(valkey_url, partitions=MAX_PARTITIONS) as gateway,
    ):
        await feeder.tick("A")
        await eventually(lambda: len(gateway.gateway.live.last) == 1)
        assert gateway.gateway.live.feed.reconnects == 0


def listeners(node: Node, channels: Iterable[str]) -> int:
    """Return how many listen to channels at a node."""
    return int(sum(node.ask("PUBSUB", "SHARDNUMSUB", *channels)[1::2]))


async def test_where_one_node_cannot_be_subscribed_to_nothing_is_left_of_the_others() -> None:
    with redis_cluster() as cluster:
        feed_client = FeedClient(cluster.url)
        channels = {names.live(partition): partition for partition in range(PARTITIONS)}
        cluster.masters[1].kill()
        with pytest.raises(LinkError):
            async with feed_client.subscribed(channels):
                pass
        assert asyncio.all_tasks() == {asyncio.current_task()}
        for node in (cluster.masters[0], cluster.masters[2]):
            # It hears a moment later that a connection was closed.
            await eventually(lambda node=node: listeners(node, channels) == 0)
        await feed_client.close()


async def gives(queue: "asyncio.Queue[int | Exception]") -> AsyncIterator[int]:
    while True:
        item = await queue.get()
        if isinstance(item, Exception):
            raise item
        yield item


async def test_each_stream_keeps_its_order_and_one_that_is_silent_holds_up_no_other() -> None:
    talks: asyncio.Queue[int | Exception] = asyncio.Queue()
    silent: asyncio.Queue[int | Exception] = asyncio.Queue()
    async with merged([gives(silent), gives(talks)]) as messages:
        for number in range(200):
            talks.put_nowait(number)
        assert [await anext(messages) for _ in range(200)] == list(range(200))
        silent.put_nowait(-1)
        assert await anext(messages) == -1


async def test_the_first_failure_is_raised_after_what_came_before_and_all_readers_end() -> None:
    queue: asyncio.Queue[int | Exception] = asyncio.Queue()
    queue.put_nowait(1)
    queue.put_nowait(ConnectionError("gone"))
    before = asyncio.all_tasks()
    async with merged([gives(asyncio.Queue()), gives(queue)]) as messages:
        assert await anext(messages) == 1
        with pytest.raises(ConnectionError, match="gone"):
            await anext(messages)
    assert asyncio.all_tasks() == before


async def test_it_ends_with_the_first_stream_to_end_after_what_came_before() -> None:
    async def ends() -> AsyncIterator[int]:
        yield 1

    async with asyncio.timeout(60), merged([gives(asyncio.Queue()), ends()]) as messages:
        assert [message async for message in messages] == [1]
