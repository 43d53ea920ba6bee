"""The list of gateways in Redis: each renews its own entry, and any can read all."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
import structlog

from tickcast.gateway.cluster.messages import GATEWAY
from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.redis.errors import LinkError

PERIOD = 2.0
"""Seconds between two renewals of the own entry."""

ALIVE_WITHIN = 15_000_000
"""µs since its last renewal within which a gateway counts as alive."""

REMOVED_AFTER = 60_000_000
"""µs since its last renewal after which the entry of a gateway is removed."""

LIST_LIFETIME = 120
"""Seconds after which Redis removes the whole list, if no gateway renews it."""

MAX_GATEWAYS = 1000
"""Gateways that are listed, at most."""

MAX_SUMMARY = 1024
"""Bytes of a summary, at most."""

_GATEWAY = re.compile(GATEWAY)
_FIELDS: dict[str, type] = {
    "started": int, "t": int, "clients": int, "groups": int, "lag": int, "feed": str, "draining": bool
}  # fmt: skip

log = structlog.get_logger()


class SummaryError(ValueError):
    """Not the summary of a gateway; the message says why."""


class Summary(NamedTuple):
    """One gateway at one moment, by its own clock."""

    id: str
    started: int
    """µs since the epoch."""
    t: int
    """When the summary was made, µs since the epoch."""
    clients: int
    groups: int
    lag: int
    """Age of the newest batch when it was applied, ms."""
    feed: str
    """`live` or `stale`."""
    draining: bool


def encode_summary(summary: Summary) -> bytes:
    """Return the summary as JSON."""
    return orjson.dumps(summary._asdict())


def decode_summary(gateway_id: bytes, data: bytes) -> Summary:
    """Return the summary that Redis holds under a gateway's id. Raises SummaryError."""
    try:
        name = gateway_id.decode("ascii")
        document: Any = orjson.loads(data) if len(data) <= MAX_SUMMARY else None
        values = {field: document[field] for field in _FIELDS}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SummaryError(f"the summary of {gateway_id[:64]!r} cannot be read: {error!r}") from None
    wrong = [field for field, kind in _FIELDS.items() if type(values[field]) is not kind]
    if wrong or not _GATEWAY.fullmatch(name) or values["feed"] not in ("live", "stale"):
        raise SummaryError(f"the summary of {gateway_id[:64]!r} is not one: {', '.join(wrong)}")
    return Summary(name, **values)


class Membership:
    """The entry of this gateway, and the list of all."""

    def __init__(self, client: FeedClient, summary: Callable[[], Summary]) -> None:
        self._client = client
        self._list = client.names.gateways()
        self._summary = summary

    async def run(self) -> None:
        """Renew the entry of this gateway until cancelled."""
        while True:
            try:
                own = self._summary()
                await self._client.ask("HSET", self._list, own.id, encode_summary(own))
                await self._client.ask("EXPIRE", self._list, LIST_LIFETIME)
            except LinkError as error:
                log.debug("entry in the list of gateways not renewed", error=str(error))
            await asyncio.sleep(PERIOD)

    async def leave(self) -> None:
        """Remove this gateway from the membership list."""
        try:
            async with asyncio.timeout(PERIOD / 4):
                await self._client.ask("HDEL", self._list, self._summary().id)
        except (LinkError, TimeoutError) as error:
            log.debug("entry not removed from the list of gateways", error=str(error))

    async def is_alive(self, gateway_id: str) -> bool:
        """Tell whether a gateway has renewed its entry lately. Raises LinkError."""
        data = await self._client.ask("HGET", self._list, gateway_id)
        try:
            summary = decode_summary(gateway_id.encode("ascii"), data or b"")
        except SummaryError:
            return False
        return time.time_ns() // 1000 - summary.t <= ALIVE_WITHIN

    async def members(self) -> list[Summary]:
        """Return the gateways that are alive, by id; remove entries of long ago. Raises LinkError."""
        held = await self._client.ask("HGETALL", self._list)
        now = time.time_ns() // 1000
        shown, gone = [], []
        for gateway_id, data in held.items():
            try:
                summary = decode_summary(gateway_id, data)
            except SummaryError as error:
                log.debug("summary of a gateway skipped", error=str(error))
                gone.append(gateway_id)
                continue
            if now - summary.t > REMOVED_AFTER:
                gone.append(gateway_id)
            elif now - summary.t <= ALIVE_WITHIN:
                shown.append(summary)
        if gone:
            await self._client.ask("HDEL", self._list, *gone)
        return sorted(shown)[:MAX_GATEWAYS]
