"""What Redis says: its servers, the feed as its publisher leaves it, and the list of gateways."""

import time
from typing import Any, NamedTuple

from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.redis_of import opened_redis
from tickcast.runtime.redis.client import RedisClient
from tickcast.wire.bounds import MAX_PARTITIONS

TIMEOUT = 3.0
"""Seconds for each answer of Redis."""

SECTIONS = ("server", "clients", "memory", "persistence")
"""What is asked of each server: INFO."""


class Partition(NamedTuple):
    """One partition of the feed."""

    sent: int
    """When Redis took its newest batch or heartbeat, µs since the epoch by its clock; 0: never."""
    symbols: int
    leader: str
    """The publisher that has its lease; empty without one."""
    is_full: bool
    """The publisher said that Redis is full."""


class RedisFacts(NamedTuple):
    """What Redis said."""

    servers: list[dict[str, str]]
    """INFO of each server that holds partitions."""
    now: int
    """Its clock, µs since the epoch."""
    ahead: float
    """Seconds that its clock is ahead of this machine's."""
    partitions: list[Partition]
    """Empty: there is no feed."""
    publishers: int
    """Publishers that share the feed; 0 if one leads it all."""


async def read_redis(settings: DoctorSettings) -> RedisFacts:
    """Return what the Redis of the feed says. Raises LinkError."""
    client = opened_redis(settings, TIMEOUT)
    try:
        return await _Reader(client, settings).facts()
    finally:
        await client.close()


class _Reader:
    def __init__(self, client: RedisClient, settings: DoctorSettings) -> None:
        self._client = client
        self._names = settings.names

    async def facts(self) -> RedisFacts:
        names, execute = self._names, self._client.execute
        first = names.meta(0)
        meta = _texts(await execute(first, "HGETALL", first))
        count = partitions_of(meta)
        keys = [names.meta(number) for number in range(max(1, count))]
        servers = [await self._info(key) for key in await self._client.one_key_each(keys)]
        asked = time.time()
        seconds, micros = await execute(first, "TIME")
        now = int(seconds) * 1_000_000 + int(micros)
        ahead = now / 1e6 - (asked + time.time()) / 2
        partitions = [await self._partition(number) for number in range(count)]
        publishers = await execute(first, "HGETALL", names.publishers())
        return RedisFacts(servers, now, ahead, partitions, len(publishers))

    async def _info(self, key: str) -> dict[str, str]:
        return {
            name: value
            for section in SECTIONS
            for name, value in info_fields(await self._client.execute(key, "INFO", section)).items()
        }

    async def _partition(self, number: int) -> Partition:
        meta, lease = self._names.meta(number), self._names.lease(number)
        held = await self._client.execute(meta, "HMGET", meta, "sent", "symbols", "trouble")
        holder = await self._client.execute(lease, "GET", lease) or b""
        return Partition(
            _number(held[0]),
            _number(held[1]),
            holder.rsplit(b" ", 1)[0].decode("utf-8", "replace"),
            held[2] == b"full",
        )


def partitions_of(meta: dict[str, str]) -> int:
    """Return how many partitions `meta` of partition 0 names; 0 if it names none."""
    text = meta.get("partitions", "")
    number = int(text) if text.isdecimal() and len(text) <= 3 else 0
    return number if number <= MAX_PARTITIONS else 0


def info_fields(answer: Any) -> dict[str, str]:
    """Return the fields of an answer to INFO, as redis-py or the server gives it."""
    if isinstance(answer, dict):
        return _texts(answer)
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    pairs = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: value.strip() for name, _, value in pairs if name}


def _texts(answer: Any) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in (answer or {}).items()}


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _number(value: bytes | None) -> int:
    return int(value) if value and value.isdigit() and len(value) <= 20 else 0
