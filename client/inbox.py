"""What a client asks of Redis: how the feed is cut, and to take an entry; and what the answers mean."""

from typing import Any, NamedTuple

from tickcast.client import settings
from tickcast.client.errors import PublishError
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import REFUSALS, Failure, LinkError
from tickcast.wire.layout import LAYOUT_FIELDS, Layout, LayoutError, decode_layout
from tickcast.wire.names import FeedNames
from tickcast.wire.scripts import HAND_IN

TIMEOUT = 3.0
"""Seconds for connecting, and for an answer."""

_REFUSED = {*REFUSALS, Failure.WRONG_TYPE, Failure.ADDRESS}
"""Failures that a program or an operator has to mend; all others pass."""


class Trouble(NamedTuple):
    """Why Redis has not taken an entry; the same has to be handed in again."""

    reason: str
    """In one line, with the way out."""
    refused: bool = False
    """Somebody has to mend it; otherwise it passes."""


class Inbox:
    """The inboxes of one feed, of which each takes the entries of a partition."""

    def __init__(self, redis_url: str | None, names: FeedNames) -> None:
        """Connect nothing yet. Raises PublishError if the address or the password file will not do."""
        self._names = names
        self._limit = settings.inbox_bytes()
        self._replicas = settings.inbox_replicas()
        try:
            self._redis = RedisClient(
                settings.redis_url() if redis_url is None else redis_url,
                settings.redis_password_file(),
                TIMEOUT,
                writes=True,
                security=settings.link_security(),
            )
        except LinkError as error:
            raise PublishError(f"{error}: {error.hint}") from None

    async def layout(self) -> Layout | Trouble:
        """Return how the feed is cut, or why that is not known yet."""
        key = self._names.meta(0)
        try:
            layout = decode_layout(*await self._redis.execute(key, "HMGET", key, *LAYOUT_FIELDS))
        except LinkError as error:
            return _trouble(error)
        except LayoutError as error:
            return Trouble(f"{key} holds {error}", refused=True)
        return layout or Trouble(f"no publisher has begun the feed {self._names.feed!r} in this Redis yet")

    async def hand_in(self, partition: int, fields: list[bytes]) -> Trouble | None:
        """Hand in an entry; return None when Redis has taken it."""
        try:
            answer = await self._redis.script_on_replicas(
                HAND_IN, [self._names.inbox(partition)], [self._limit, *fields], self._replicas
            )
        except LinkError as error:
            return _trouble(error)
        return _meaning(answer)

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.close()


def _trouble(error: LinkError) -> Trouble:
    return Trouble(f"{error.reason} ({error}): {error.hint}", error.failure in _REFUSED)


def _meaning(answer: list[Any]) -> Trouble | None:
    """Return what hand_in.lua answers, if it has not taken the entry."""
    match answer:
        case [b"ok", *_]:
            return None
        case [b"full", _, b"redis"]:
            return Trouble("Redis is full: give it more memory (maxmemory)")
        case [b"full", size, b"producer"]:
            return Trouble(
                f"{size} bytes of this producer wait in the inbox, half of its room: publishers are slower"
            )
        case [b"full", size, *_]:
            return Trouble(f"the inbox is full with {size} bytes; does a publisher run with --source inbox?")
        case [b"wrong", key, kind]:
            return Trouble(
                f"the key {_text(key)} is a {_text(kind)}, which another program wrote: delete it",
                refused=True,
            )
        case [b"refused", reason]:
            return Trouble(f"Redis refuses the entry: {_text(reason)}", refused=True)
    return Trouble(f"the inbox gives an answer that this version does not know: {answer!r:.80}", refused=True)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
