"""What gateways write for each other in Redis: none of it is read, or kept, beyond its bound."""

from collections.abc import Collection

import structlog

from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.repeats import Repeats
from tickcast.wire.gateway_list import Looks

log = structlog.get_logger()


class Written:
    """The list of gateways, and what is used of each."""

    def __init__(self, client: FeedClient) -> None:
        self._client = client
        self._looks = Looks(client.names)
        self._repeats = Repeats()

    async def bound(self) -> None:
        """Remove the list if it is beyond its bounds, and one of the others in turn. Raises LinkError."""
        for key in self._looks.next():
            if (why := await self.excess(key)) is not None:
                await self._client.ask("UNLINK", key)
                self.complain("another program filled what gateways write; removed it", key, why)

    async def excess(self, key: str) -> str | None:
        """Return why a key holds nothing of gateways; None: it may be read. Raises LinkError."""
        kind = await self._client.ask("TYPE", key)
        if kind not in (b"hash", b"none"):
            return f"it is a {kind.decode()}"
        bound = self._looks.all[key]
        # Of many entries no more is asked: to add up their bytes takes Redis long.
        if (entries := await self._client.ask("HLEN", key)) > bound.entries:
            return f"{entries} entries"
        size = await self._client.ask("MEMORY USAGE", key, "SAMPLES", 0) or 0
        return f"{size} bytes" if size > bound.size else None

    async def prune(self, key: str, kept: Collection[bytes], length: int | None = None) -> None:
        """Remove the fields of a hash whose first `length` signs, None: all, are not among those `kept`.

        What is beyond its bound is not read: whoever bounds it removes it. Raises LinkError.
        """
        if await self.excess(key) is not None:
            return
        fields = await self._client.ask("HKEYS", key)
        if gone := [field for field in fields if field[:length] not in kept]:
            await self._client.ask("HDEL", key, *gone)

    def complain(self, message: str, key: str, why: str) -> None:
        """Log what is wrong with a key; every request for the operator's page looks at the list."""
        if (left_out := self._repeats.due(message)) is not None:
            log.error(message, key=key, found=why, left_out=left_out)
