"""How much of its memory Redis uses, for the metrics: looked up now and then, whoever leads."""

import asyncio

from tickcast.publisher.broker import Broker
from tickcast.publisher.scripts import MEMORY
from tickcast.publisher.stats import Memory, Stats
from tickcast.runtime.redis.errors import LinkError

PERIOD = 10.0
"""Seconds between two looks: Redis fills up within minutes."""


async def watch_memory(broker: Broker, partitions: int, stats: Stats, period: float = PERIOD) -> None:
    """Keep `stats.memory` that of the fullest server which holds some of the partitions, until cancelled.

    It is None while Redis does not answer.
    """
    metas = [broker.names.meta(each) for each in range(partitions)]
    while True:
        try:
            keys = await broker.one_key_each(metas)
            found = [await _memory(broker, key) for key in keys]
            stats.memory = max(found, key=lambda each: each.share, default=None)
        except LinkError:
            stats.memory = None
        await asyncio.sleep(period)


async def _memory(broker: Broker, key: str) -> Memory:
    used, limit, _ = await broker.script(MEMORY, [key], [])
    return Memory(int(used), int(limit))
