"""The list of gateways in Redis, watched until each that lives has renewed its entry."""

import asyncio
import time
from typing import Any, NamedTuple

import orjson

from tickcast.cli.doctor.redis_facts import TIMEOUT
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.runtime.redis.client import RedisClient
from tickcast.wire.gateway_facts import GatewayFacts, read_facts
from tickcast.wire.gateway_list import MAX_GATEWAYS, MAX_LIST, MAX_SUMMARY

WATCHED = 5.0
"""Seconds after which an entry that was not renewed is that of a gateway that has ended, or hangs.

A gateway renews it every 2 s.
"""

PAUSE = 0.2
"""Seconds between two looks: so exactly is known when an entry was renewed."""

MANY = 100
"""Entries from which on there is a second between two looks."""


class GatewayEntry(NamedTuple):
    """What a gateway tells of itself."""

    id: str
    t: int
    """When it said so, µs since the epoch by its clock."""
    clients: int
    feed: str
    """`live` or `stale`."""
    draining: bool
    facts: GatewayFacts | None
    """None: it tells none, as a gateway of an older version."""
    stale: tuple[str, ...] = ()
    """Delayed feeds that are stale there."""
    ahead: float = 0.0
    """Seconds that its clock is ahead of Redis's, known within PAUSE; only of one that is alive."""


class GatewayList(NamedTuple):
    """The gateways of a feed."""

    alive: list[GatewayEntry]
    gone: list[GatewayEntry]
    """Those that have not renewed their entries."""
    unread: int
    """Entries that are none of a gateway."""


async def read_gateways(settings: DoctorSettings) -> GatewayList:
    """Return the gateways of the feed. Raises LinkError."""
    client = RedisClient(*settings.control_address, TIMEOUT, security=settings.link_security)
    try:
        return await watched(client, settings.names.gateways())
    finally:
        await client.close()


async def watched(client: RedisClient, key: str, seconds: float = WATCHED) -> GatewayList:
    """Look at the list until every entry was renewed, or so many seconds. Raises LinkError."""
    until = time.monotonic() + seconds
    first, unread = await _look(client, key)
    alive: dict[str, GatewayEntry] = {}
    while len(alive) < len(first) and time.monotonic() < until:
        await asyncio.sleep(PAUSE if len(first) < MANY else 1.0)
        found, _ = await _look(client, key)
        now = await client.execute(key, "TIME")
        micros = int(now[0]) * 1_000_000 + int(now[1])
        for name, entry in found.items():
            if name not in alive and (name not in first or first[name].t != entry.t):
                alive[name] = entry._replace(ahead=(entry.t - micros) / 1e6)
                # One that has come meanwhile is new in the list, and alive.
                first.setdefault(name, entry)
    gone = [entry for name, entry in first.items() if name not in alive]
    return GatewayList(sorted(alive.values()), sorted(gone), unread)


async def _look(client: RedisClient, key: str) -> tuple[dict[str, GatewayEntry], int]:
    held: dict[bytes, bytes] = await client.execute(key, "HGETALL", key) or {}
    if len(held) > MAX_GATEWAYS or sum(map(len, held.values())) > MAX_LIST:
        return {}, len(held)
    entries = [read_entry(data) for name, data in held.items() if name != b"key"]
    good = {entry.id: entry for entry in entries if entry is not None}
    return good, len(entries) - len(good)


def read_entry(data: bytes) -> GatewayEntry | None:
    """Return what an entry of the list says; None if it is none of a gateway."""
    try:
        document: Any = orjson.loads(data) if len(data) <= MAX_SUMMARY else None
        values = [document[name] for name in ("id", "t", "clients", "feed", "draining")]
    except (ValueError, TypeError, KeyError):
        return None
    if [type(value) for value in values] != [str, int, int, str, bool] or not values[0].isprintable():
        return None
    name, told, clients, feed, draining = values
    stale = document.get("stale", "")
    late = tuple(each for each in stale.split(",") if each) if isinstance(stale, str) else ()
    return GatewayEntry(name, told, clients, feed, draining, read_facts(document), late)
