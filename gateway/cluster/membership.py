"""The list of gateways in Redis: each renews its own entry, and any can read all."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson
import structlog

from tickcast.gateway.cluster.shared_key import FIELD, SharedKey
from tickcast.gateway.cluster.written import Written
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.gateway_facts import FIELD as FACTS
from tickcast.wire.gateway_facts import GatewayFacts
from tickcast.wire.gateway_list import MAX_SUMMARY

PERIOD = 2.0
"""Seconds between two renewals of the own entry."""

ALIVE_WITHIN = 15_000_000
"""µs since its last renewal within which a gateway counts as alive."""

REMOVED_AFTER = 60_000_000
"""µs since its last renewal after which the entry of a gateway is removed."""

LIST_LIFETIME = 120
"""Seconds after which Redis removes the whole list, if no gateway renews it."""

GATEWAY = r"[A-Za-z0-9._-]{1,64}"
"""The id of a gateway, as a regular expression."""

_GATEWAY = re.compile(GATEWAY)
_FIELDS: dict[str, type] = {
    "id": str, "started": int, "t": int, "clients": int, "groups": int, "lag": int, "feed": str,
    "draining": bool, "stale": str,
}  # fmt: skip

log = structlog.get_logger()


class SummaryError(ValueError):
    """Not the summary of a gateway; the message says why."""


class ListError(Exception):
    """The list in Redis is none of gateways; the message says why."""


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
    stale: str = ""
    """Delayed feeds that are stale, a comma list of names."""


def encode_summary(summary: Summary, facts: GatewayFacts | None = None) -> bytes:
    """Return the summary as JSON, with facts for operators beside it."""
    beside = {} if facts is None else {FACTS: facts.as_dict()}
    return orjson.dumps(summary._asdict() | beside)


def decode_summary(address: bytes, data: bytes) -> Summary:
    """Return the summary that Redis holds under a gateway's address. Raises SummaryError."""
    try:
        document: Any = orjson.loads(data) if len(data) <= MAX_SUMMARY else None
        # One of an older version does not tell which delayed feeds are stale.
        values = {field: document[field] for field in _FIELDS if field in document or field != "stale"}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SummaryError(f"the summary of {address[:64]!r} cannot be read: {error!r}") from None
    wrong = [field for field, kind in _FIELDS.items() if type(values.get(field, "")) is not kind]
    if wrong or not _GATEWAY.fullmatch(values["id"]) or values["feed"] not in ("live", "stale"):
        raise SummaryError(f"the summary of {address[:64]!r} is not one: {', '.join(wrong)}")
    if address_of(values["id"]).encode("ascii") != address:
        raise SummaryError(f"the summary of {address[:64]!r} is that of another gateway")
    return Summary(**values)


class Membership:
    """The entry of this gateway, and the list of all."""

    def __init__(
        self,
        client: FeedClient,
        summary: Callable[[], Summary],
        shared_key: SharedKey | None,
        bounds: bool = False,
        facts: Callable[[], GatewayFacts | None] = lambda: None,
    ) -> None:
        """Keep `shared_key` up to date too; None: this gateway was given a key.

        If it `bounds` what gateways write, it removes what is too long: no publisher writes into its Redis.
        """
        self._client = client
        self._shared_key = shared_key
        self._list = client.names.gateways()
        self._summary = summary
        self._bounds = bounds
        self._facts = facts
        self._written = Written(client)
        self._prune_at = time.monotonic() + REMOVED_AFTER / 1e6

    async def run(self) -> None:
        """Renew the entry of this gateway until cancelled."""
        while True:
            try:
                if self._bounds:
                    await self._written.bound()
                await self.settle_key()
                own = self._summary()
                entry = encode_summary(own, self._facts())
                await self._client.ask("HSET", self._list, address_of(own.id), entry)
                await self._client.ask("EXPIRE", self._list, LIST_LIFETIME)
                if time.monotonic() >= self._prune_at:
                    self._prune_at = time.monotonic() + REMOVED_AFTER / 1e6
                    await self.members()
            except LinkError as error:
                log.debug("entry in the list of gateways not renewed", error=str(error))
            await asyncio.sleep(PERIOD)

    async def settle_key(self) -> None:
        """Be sure to have the same key as the other gateways. Raises LinkError."""
        if self._shared_key is not None:
            await self._shared_key.settle()

    async def leave(self) -> None:
        """Remove this gateway from the membership list."""
        try:
            async with asyncio.timeout(PERIOD / 4):
                await self._client.ask("HDEL", self._list, address_of(self._summary().id))
        except (LinkError, TimeoutError) as error:
            log.debug("entry not removed from the list of gateways", error=str(error))

    async def is_alive(self, address: str) -> bool:
        """Tell whether the gateway with an address has renewed its entry lately. Raises LinkError."""
        data = b""
        if await self._client.ask("HSTRLEN", self._list, address) <= MAX_SUMMARY:
            data = await self._client.ask("HGET", self._list, address) or b""
        try:
            summary = decode_summary(address.encode("ascii"), data)
        except SummaryError:
            return False
        return time.time_ns() // 1000 - summary.t <= ALIVE_WITHIN

    async def members(self) -> list[Summary]:
        """Return the gateways that are alive, by id; none of a list that is none. Raises LinkError."""
        try:
            return await self.alive()
        except ListError:
            return []

    async def alive(self) -> list[Summary]:
        """Return the gateways that are alive, by id; remove entries of long ago.

        Raises LinkError, and ListError for a list that is too long to be one: whoever bounds it removes it.
        """
        if (why := await self._written.excess(self._list)) is not None:
            message = "the list of gateways is too long to be read; another program writes there"
            self._written.complain(message, self._list, why)
            raise ListError(why)
        held = await self._client.ask("HGETALL", self._list)
        held.pop(FIELD.encode("ascii"), None)
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
        return sorted(shown)
