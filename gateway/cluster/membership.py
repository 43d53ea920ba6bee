"""Presence: each gateway tells Redis that it lives, so that any of them can show all."""

import asyncio
import time
from collections.abc import Callable

import structlog

from tickcast.gateway.cluster.summary import Summary, SummaryError, decode_summary, encode_summary
from tickcast.gateway.feed.client import RedisServers
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire import names

PERIOD = 2.0
"""Seconds between two signs of life."""

SHOWN = 15_000_000
"""µs without one after which a gateway is shown no more."""

KEPT = 60_000_000
"""µs after which its last one is removed."""

LIFETIME = 120
"""Seconds after which the whole list goes, when there is no gateway left to renew it."""

MAX_GATEWAYS = 1000
"""Gateways that are shown."""

log = structlog.get_logger()


class Presence:
    """Tells of one gateway, and knows what the others told."""

    def __init__(self, servers: RedisServers, summary: Callable[[], Summary]) -> None:
        self._servers = servers
        self._summary = summary

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            try:
                own = self._summary()
                await self._servers.ask("HSET", names.gateways(), own.id, encode_summary(own))
                await self._servers.ask("EXPIRE", names.gateways(), LIFETIME)
            except LinkError as error:
                log.debug("not told of", error=str(error))
            await asyncio.sleep(PERIOD)

    async def leave(self) -> None:
        """Be in the list no more."""
        try:
            async with asyncio.timeout(PERIOD / 4):
                await self._servers.ask("HDEL", names.gateways(), self._summary().id)
        except (LinkError, TimeoutError) as error:
            log.debug("not taken from the list", error=str(error))

    async def lives(self, gateway_id: str) -> bool:
        """Tell whether a gateway has told of itself lately. Raises LinkError."""
        data = await self._servers.ask("HGET", names.gateways(), gateway_id)
        try:
            summary = decode_summary(gateway_id.encode("ascii"), data or b"")
        except SummaryError:
            return False
        return time.time_ns() // 1000 - summary.t <= SHOWN

    async def seen(self) -> list[Summary]:
        """Return those that live, by id; forget those that have long been gone. Raises LinkError."""
        held = await self._servers.ask("HGETALL", names.gateways())
        now = time.time_ns() // 1000
        shown, gone = [], []
        for gateway_id, data in held.items():
            try:
                summary = decode_summary(gateway_id, data)
            except SummaryError as error:
                log.debug("skipped", error=str(error))
                gone.append(gateway_id)
                continue
            if now - summary.t > KEPT:
                gone.append(gateway_id)
            elif now - summary.t <= SHOWN:
                shown.append(summary)
        if gone:
            await self._servers.ask("HDEL", names.gateways(), *gone)
        return sorted(shown)[:MAX_GATEWAYS]
