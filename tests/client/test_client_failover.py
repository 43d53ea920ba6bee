"""What a producer was told is taken outlives the master of Redis, where it asks for a replica."""

import asyncio

import pytest
import redis.asyncio

import tickcast
from tests.client.conftest import HandedIn
from tests.support.eventually import eventually
from tests.support.redundant import Node, sentinels
from tickcast.wire.inbox import Entry

pytestmark = pytest.mark.timeout(120)


async def taken_once(url: str) -> list[str]:
    """Return the prices in the inbox of a node, each repeated entry once."""
    async with redis.asyncio.Redis.from_url(url) as client:
        entries: list[Entry] = await HandedIn(url, client).entries()
    newest, prices = 0, []
    for entry in entries:
        assert entry.number is not None
        if entry.number > newest:
            newest = entry.number
            prices += [tick.price for tick, _ in entry.ticks]
    return prices


async def test_what_is_taken_is_on_a_replica_and_outlives_the_master(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKCAST_INBOX_REPLICAS", "1")
    with sentinels() as nodes:
        nodes.master.ask("HSET", "{tickcast:main:0}:meta", "partitions", 1, "case", "upper")
        await eventually(lambda: nodes.replica.ask("EXISTS", "{tickcast:main:0}:meta"))
        async with tickcast.Publisher(nodes.url) as publisher:
            await publisher.publish("AAPL", price=1)
            await publisher.flush()
            assert await taken_once(nodes.replica.url) == ["1"]
            nodes.replica.pause()
            await publisher.publish("AAPL", price=2)
            with pytest.raises(TimeoutError, match="too few replicas of Redis"):
                await publisher.flush(4)
            nodes.replica.resume()
            await publisher.flush()
            # The master dies with whatever it had not sent on.
            publishing = asyncio.create_task(publish_on(publisher))
            await eventually(lambda: publishing.get_name().isdigit() and int(publishing.get_name()) > 500)
            nodes.master.kill()
            await eventually(nodes.replica.is_master)
            publishing.cancel()
            await asyncio.wait({publishing})
            # The new master has no replica yet, so nothing is taken.
            await eventually(lambda: asyncio.ensure_future(waits_for_replicas(publisher)))
            with Node(f"replicaof 127.0.0.1 {nodes.replica.port}"):
                await publisher.flush()
        prices = await taken_once(nodes.replica.url)
    assert prices == [str(price) for price in range(1, len(prices) + 1)]
    assert len(prices) >= int(publishing.get_name())


async def waits_for_replicas(publisher: tickcast.Publisher) -> bool:
    """Tell whether that is why prices wait."""
    try:
        await publisher.flush(0.1)
    except TimeoutError as error:
        return "too few replicas of Redis" in str(error)
    return False


async def publish_on(publisher: tickcast.Publisher) -> None:
    """Publish 3, 4, 5 ... until cancelled; the name of the task is the last one taken by `publish`."""
    task = asyncio.current_task()
    assert task is not None
    price = 3
    while True:
        await publisher.publish("AAPL", price=price)
        task.set_name(str(price))
        price += 1
        await asyncio.sleep(0)


@pytest.mark.parametrize("text", ["-1", "6", "one", ""])
def test_a_wrong_number_of_replicas_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKCAST_INBOX_REPLICAS", text)
    with pytest.raises(tickcast.FieldError, match=r"TICKCAST_INBOX_REPLICAS: .* is not a number from 0 to 5"):
        tickcast.Publisher("redis://127.0.0.1")
