"""The feeds that a Redis holds: found by their keys, and removed with all of these."""

from dataclasses import dataclass, field

from tickcast.cli.redis_of import opened_redis
from tickcast.runtime.errors import UserError
from tickcast.runtime.settings import ProgramSettings
from tickcast.wire.names import ANY, KEY

OLD = ""
"""Stands for the name of a feed whose keys are of the old form, which name none."""

TIMEOUT = 5.0
"""Seconds for each answer of Redis."""

_AT_ONCE = 500
"""Keys removed in one call: Redis does nothing else during a call."""


@dataclass
class FoundFeed:
    """A feed as Redis holds it."""

    name: str
    """OLD for one of the old form."""
    tags: dict[str, list[bytes]] = field(default_factory=dict)
    """Its keys, by the part in braces, which names the partition."""
    symbols: int = 0
    source: str = ""
    sent: int = 0
    """When Redis took the newest batch or heartbeat, µs since the epoch by its clock; 0: unknown."""
    leaders: set[str] = field(default_factory=set)
    """The publishers that lead it."""


class Feeds:
    """The feeds of one Redis. `async with` closes its connections."""

    def __init__(self, settings: ProgramSettings) -> None:
        """Connect nothing yet. Raises LinkError if the address or a file will not do."""
        self._redis = opened_redis(settings, TIMEOUT, writes=True)

    async def __aenter__(self) -> "Feeds":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._redis.close()

    async def found(self) -> list[FoundFeed]:
        """Return all feeds, by name, with what Redis says of each. Raises LinkError."""
        feeds: dict[str, FoundFeed] = {}
        async for keys in self._redis.scan(ANY):
            for key in keys:
                if parts := KEY.fullmatch(key):
                    name = (parts["feed"] or b"").decode("ascii")
                    tag = key[: key.index(b"}") + 1].decode("ascii")
                    feeds.setdefault(name, FoundFeed(name)).tags.setdefault(tag, []).append(key)
        for feed in feeds.values():
            for tag in feed.tags:
                await self._look_at(feed, tag)
        return sorted(feeds.values(), key=lambda feed: feed.name)

    async def remove(self, name: str) -> int:
        """Remove all keys of a feed that nobody leads; return how many. Raises UserError, LinkError."""
        feed = next((each for each in await self.found() if each.name == name), None)
        if feed is None:
            shown = f"called {name}" if name else "of the old form"
            raise UserError(f"Redis holds no feed {shown}: tickcast feeds shows what it holds", 2)
        if feed.leaders:
            raise UserError(f"{min(feed.leaders)} leads this feed: end its publishers first", 2)
        count = 0
        for tag, keys in feed.tags.items():
            for begin in range(0, len(keys), _AT_ONCE):
                count += await self._redis.execute(tag, "UNLINK", *keys[begin : begin + _AT_ONCE])
        return count

    async def _look_at(self, feed: FoundFeed, tag: str) -> None:
        meta, lease = f"{tag}:meta", f"{tag}:lease"
        if meta.encode() in feed.tags[tag]:
            held = await self._redis.execute(tag, "HMGET", meta, "source", "sent", "symbols")
            source, sent, symbols = (value or b"" for value in held)
            feed.source = feed.source or source.decode("utf-8", "replace")
            feed.sent = max(feed.sent, int(sent) if sent.isdigit() else 0)
            feed.symbols += int(symbols) if symbols.isdigit() else 0
        if lease.encode() in feed.tags[tag]:
            holder = await self._redis.execute(tag, "GET", lease) or b""
            feed.leaders.add(holder.rsplit(b" ", 1)[0].decode("utf-8", "replace"))
