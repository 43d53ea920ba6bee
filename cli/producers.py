"""What Redis says of the producers of a feed: what was taken from each, refused, and waits in the inboxes."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tickcast.cli.redis_of import opened_redis
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.settings import ProgramSettings
from tickcast.wire.layout import LAYOUT_FIELDS, Layout, LayoutError, decode_layout
from tickcast.wire.names import FeedNames
from tickcast.wire.producer import decode_producer

TIMEOUT = 5.0
"""Seconds for each answer of Redis."""


@dataclass
class FoundProducer:
    """One producer, over all partitions."""

    name: str
    """Its id; empty for all that give none."""
    taken: int = 0
    """Lines taken."""
    refused: int = 0
    """Lines refused."""
    repeated: int = 0
    """Entries skipped because they had been taken before."""
    newest: int = 0
    """When its newest entry was handed in, ms since 1970; 0: unknown."""
    waiting: int = 0
    """Bytes that wait to be taken."""


@dataclass
class Standing:
    """The inboxes of a feed."""

    producers: dict[str, FoundProducer] = field(default_factory=dict)
    entries: int = 0
    """Entries that wait, those by plain XADD too."""
    rejects: list[dict[str, Any]] = field(default_factory=list)
    """The newest refused lines, newest first."""

    def of(self, name: str) -> FoundProducer:
        """Return the producer with this id, a new one if there is none."""
        return self.producers.setdefault(name, FoundProducer(name))


async def read_standing(settings: ProgramSettings, rejects: int) -> Standing:
    """Return what Redis holds of the inboxes of a feed, with at most `rejects` refused lines.

    The settings count where Redis does not tell the number of partitions. Raises LinkError.
    """
    redis, names = opened_redis(settings, TIMEOUT), settings.names
    standing = Standing()
    try:
        layout = await _layout(redis, names)
        for partition in range(layout.partitions if layout else settings.partitions):
            await _read_partition(redis, names, partition, rejects, standing)
    finally:
        await redis.close()
    standing.rejects.sort(key=lambda each: -each["t"])
    del standing.rejects[rejects:]
    return standing


async def _layout(redis: RedisClient, names: FeedNames) -> Layout | None:
    meta = names.meta(0)
    with suppress(LayoutError):
        return decode_layout(*await redis.execute(meta, "HMGET", meta, *LAYOUT_FIELDS))
    return None


async def _read_partition(
    redis: RedisClient, names: FeedNames, partition: int, rejects: int, standing: Standing
) -> None:
    key = names.producers(partition)
    for name, text in (await redis.execute(key, "HGETALL", key)).items():
        remembered = decode_producer(text)
        found = standing.of(name.decode("utf-8", "replace"))
        found.taken += remembered.taken
        found.refused += remembered.refused
        found.repeated += remembered.repeated
        found.newest = max(found.newest, remembered.newest[0])
    key = names.held(partition)
    for name, size in (await redis.execute(key, "HGETALL", key)).items():
        if name.startswith(b"by "):
            standing.of(name[3:].decode("utf-8", "replace")).waiting += int(size)
    key = names.inbox(partition)
    standing.entries += await redis.execute(key, "XLEN", key)
    key = names.rejects(partition)
    if rejects:
        standing.rejects += map(json.loads, await redis.execute(key, "LRANGE", key, 0, rejects - 1))
