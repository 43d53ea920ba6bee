"""How much of the log a publisher in this process keeps in a Redis of each kind."""

from collections.abc import Callable
from typing import Any

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import assert_continuous, published
from tests.support.eventually import eventually
from tickcast.wire.names import MAIN as names

Start = Callable[..., Publishing]


async def test_the_log_is_kept_within_its_bytes(client: Any, redis_url: str, publishing: Start) -> None:
    limit = 1024 * 1024
    publisher = publishing(redis_url, retention_bytes=limit)
    sent = 0
    for _ in range(60):
        publisher.feed("A", *["123456.789"] * 1000)
        sent += 1000
        await published(publisher, sent)
    kept = sum(len(entry[b"b"]) for _, entry in await client.xrange(names.log(0)))
    assert limit * 0.5 < kept <= limit


async def test_the_log_is_kept_for_its_time(client: Any, redis_url: str, publishing: Start) -> None:
    publisher = publishing(redis_url, retention=1, bars=False)
    publisher.feed("A", *["123456.789"] * 1000)
    await published(publisher, 1000)
    [oldest] = await read_log(client)

    async def is_gone() -> bool:
        publisher.feed("A", *["123456.789"] * 1000)
        await published(publisher, publisher.stats.ticks + 1000)
        return (await read_log(client))[0].id > oldest.id

    await eventually(is_gone)
    batches = await read_log(client)
    assert_continuous(batches)
    assert batches[-1].id.ms - batches[0].id.ms <= 2000
