"""The key of gateways that were given none: kept in Redis, where each takes what stands there."""

import re

import structlog

from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.runtime.key_file import KEY_BYTES

FIELD = "key"
"""Field of the list of gateways in which it stands: no address is as short."""

_HEX = re.compile(rb"[0-9a-f]{%d}" % (2 * KEY_BYTES))

log = structlog.get_logger()


class SharedKey:
    """Keeps the key of this gateway the same as that in Redis."""

    def __init__(self, client: FeedClient, key: ClusterKey) -> None:
        self._client = client
        self._list = client.names.gateways()
        self._key = key

    async def settle(self) -> None:
        """Take the key in Redis; put this gateway's there if there is none. Raises LinkError.

        Two that begin at once may each put one there: the last one stands, and all take it at the next look.
        """
        if not await self._take():
            await self._client.ask("HSET", self._list, FIELD, self._key.newest.hex())
            await self._take()

    async def _take(self) -> bool:
        # Another program may have written anything there.
        if await self._client.ask("HSTRLEN", self._list, FIELD) != 2 * KEY_BYTES:
            return False
        found = await self._client.ask("HGET", self._list, FIELD)
        if not _HEX.fullmatch(found or b""):
            return False
        self._key.replace(bytes.fromhex(found.decode("ascii")))
        return True
