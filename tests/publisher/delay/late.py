"""A delayer in this process, and what it has written."""

import asyncio
from typing import Any, NamedTuple

from tests.support.eventually import eventually
from tickcast.publisher.broker import Broker
from tickcast.publisher.delay.program import delay
from tickcast.publisher.delay.settings import DelayerSettings
from tickcast.publisher.shape import Shape
from tickcast.publisher.stats import Stats
from tickcast.wire.batch import Batch, decode_batch
from tickcast.wire.names import DelayedNames, FeedNames
from tickcast.wire.tick import Tick, decode_tick

DAY = 1_795_384_800_000_000
"""A source time, µs since 1970."""

DELAY = 1500
"""ms."""

LATER = DelayedNames("main-d1500ms")


class Delaying:
    """A delayer in this process."""

    def __init__(self, url: str, partitions: int = 1, wait: int = DELAY, **settings: Any) -> None:
        """`wait` is the delay, in ms."""
        own = DelayerSettings(redis_url=url, delay_minutes=wait / 60_000, retention=3600, **settings)
        self.stats = Stats()
        self.stop = asyncio.Event()
        self._broker = Broker(url, names=own.delayed_names)
        self.task = asyncio.create_task(
            delay(own, Shape(partitions, "upper"), self._broker, self.stats, self.stop)
        )

    async def end(self) -> None:
        """Ask it to stop, wait, and raise what it raised."""
        self.stop.set()
        try:
            await self.task
        finally:
            await self._broker.close()

    async def kill(self) -> None:
        """End it as a crash would: nothing is flushed, no lease is given back."""
        self.task.cancel()
        await asyncio.wait({self.task})
        await self._broker.close()


class Written(NamedTuple):
    """A tick in a log, and when Redis took it there, µs since 1970."""

    tick: Tick
    q: int
    at: int


async def written(client: Any, names: FeedNames, partition: int = 0) -> list[Written]:
    """Return every tick in the log."""
    found = []
    for batch in await batches(client, names, partition):
        for _, json in batch.ticks:
            tick, q = decode_tick(json)
            found.append(Written(tick, q or 0, batch.sent))
    return found


async def batches(client: Any, names: FeedNames, partition: int = 0) -> list[Batch]:
    """Return the log."""
    return [decode_batch(fields[b"b"]) for _, fields in await client.xrange(names.log(partition))]


async def arrived(client: Any, count: int, partition: int = 0, names: FeedNames = LATER) -> list[Written]:
    """Return the ticks of the delayed log when there are so many."""

    async def look() -> list[Written] | None:
        found = await written(client, names, partition)
        return found if len(found) >= count else None

    return await eventually(look)


async def began(client: Any, partition: int = 0) -> None:
    """Wait until the delayer copies."""
    await eventually(lambda: client.get(LATER.copied(partition)))


async def has_copied(client: Any, newest: str) -> bool:
    return newest in (await client.get(LATER.copied(0)) or b"").decode()


async def has_price(client: Any, price: str) -> bool:
    found = await client.hget(LATER.last(0), "A")
    return found is not None and decode_tick(found)[0].price == price
