"""What the publisher asks of Redis, and how it keeps asking while Redis does not answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

import structlog

from tickcast.runtime.redis.client import Argument, RedisClient
from tickcast.runtime.redis.errors import LinkDownError
from tickcast.runtime.redis.security import PLAIN, LinkSecurity
from tickcast.runtime.repeats import Repeats
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import MAIN, FeedNames

TIMEOUT = 1.0
"""Seconds for an answer. A standby needs the lease (2 s) to run out, so waiting longer gains nothing."""

_PAGE = 8
"""Log entries read at once: of 1 MiB at most, they have to come within TIMEOUT."""

_BACKOFF_FIRST, _BACKOFF_MOST = 0.05, 1.0

_COMPLAINT_AGAIN = 10.0
"""Seconds between two lines about the same failure, at least, though other calls went well in between."""

T = TypeVar("T")
LogEntries = list[tuple[bytes, dict[bytes, bytes]]]
"""(id, fields) of a stream."""
_log = structlog.get_logger()


class Broker:
    """The Redis that this publisher writes to. Safe to use from several tasks."""

    def __init__(
        self,
        url: str,
        password_file: Path | None = None,
        timeout: float = TIMEOUT,
        names: FeedNames = MAIN,
        security: LinkSecurity = PLAIN,
    ) -> None:
        """Connect nothing yet. Raises LinkRefusedError if the address or a file will not do."""
        self.names = names
        self._timeout = timeout
        self.retries = 0
        """Calls repeated so far, for the metrics."""
        self._complaints = Repeats(_COMPLAINT_AGAIN)
        # Each partition has one call under way, and some more come from elsewhere.
        self._redis = RedisClient(
            url,
            password_file,
            timeout,
            max_connections=2 * MAX_PARTITIONS,
            writes=True,
            security=security,
        )
        self.publish_command = self._redis.publish_command
        """The command that the script publishes with."""

    def another(self) -> "Broker":
        """Return a broker of the same Redis with connections of its own, for another event loop.

        Both are held to the same server, so that a lease and what it protects are never in two.
        """
        other = copy(self)
        other.retries, other._redis, other._complaints = 0, self._redis.twin(), Repeats(_COMPLAINT_AGAIN)
        return other

    async def script(
        self, source: str, keys: Sequence[str], args: Sequence[Argument], replicas: int = 0
    ) -> Any:
        """Run a Lua script; return its answer when so many replicas have what it wrote. Raises LinkError."""
        return await self._redis.script_on_replicas(source, keys, args, replicas)

    async def one_key_each(self, keys: Sequence[str]) -> list[str]:
        """Return one of the keys for each server that holds some of them. Raises LinkError."""
        return await self._redis.one_key_each(keys)

    async def ask(self, command: str, key: str, *args: Argument) -> Any:
        """Return the answer to a command about a key. Raises LinkError."""
        return await self._redis.execute(key, command, key, *args)

    async def read_hash(self, key: str) -> dict[bytes, bytes]:
        """Return all of a hash; empty, if there is none. Raises LinkError."""
        found: dict[bytes, bytes] = await self._redis.execute(key, "HGETALL", key)
        return found

    async def read_fields(self, key: str, fields: Sequence[str]) -> list[bytes | None]:
        """Return the values of fields of a hash; None for each that is not there. Raises LinkError."""
        found: list[bytes | None] = await self._redis.execute(key, "HMGET", key, *fields)
        return found

    async def read_back(self, key: str, top: str, floor: str) -> LogEntries:
        """Return at most _PAGE entries of a stream from the id `top` back to `floor`, newest first.

        Raises LinkError.
        """
        found: LogEntries = await self._redis.execute(key, "XREVRANGE", key, top, floor, "COUNT", _PAGE)
        return found

    async def read_after(self, key: str, newest: str, count: int) -> LogEntries:
        """Return at most `count` entries of a stream after the id `newest`, as soon as there are some.

        Without one for half the timeout the answer is empty. Raises LinkError.
        """
        pause = int(self._timeout * 500)
        found = await self._redis.execute(
            key, "XREAD", "COUNT", count, "BLOCK", pause, "STREAMS", key, newest
        )
        entries: LogEntries = found[0][1] if found else []
        return entries

    async def read_on(self, key: str, most: int) -> LogEntries:
        """Return at most `most` entries of a stream, oldest first. Raises LinkError."""
        found: LogEntries = await self._redis.execute(key, "XRANGE", key, "-", "+", "COUNT", most)
        return found

    async def read_between(self, key: str, after: str, most: int) -> LogEntries:
        """Return at most `most` entries of a stream after the id `after`, oldest first; it does not wait.

        Raises LinkError.
        """
        found: LogEntries = await self._redis.execute(key, "XRANGE", key, f"({after}", "+", "COUNT", most)
        return found

    async def delete_entries(self, key: str, ids: Sequence[bytes]) -> None:
        """Delete entries of a stream. Raises LinkError."""
        await self._redis.execute(key, "XDEL", key, *ids)

    async def memory_usage(self, key: str) -> int:
        """Return the bytes that a key takes; 0, if there is none. Raises LinkError."""
        return int(await self._redis.execute(key, "MEMORY USAGE", key) or 0)

    async def retry(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Return what `operation` returns, repeated until Redis answers.

        It must be safe to repeat: a call whose answer was lost may have been done. Raises LinkRefusedError.
        """
        wait, complained, is_told = _BACKOFF_FIRST, None, False
        while True:
            try:
                answer = await operation()
            except LinkDownError as error:
                self.retries += 1
                if error.failure is not complained:
                    is_told |= self._complain_now_and_then(error)
                    complained = error.failure
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(2 * wait, _BACKOFF_MOST)
            else:
                if is_told:
                    _log.info("redis answers again")
                return answer

    def _complain_now_and_then(self, error: LinkDownError) -> bool:
        if self._complaints.due(error.failure) is None:
            return False
        self.complain(error)
        return True

    def complain(self, error: LinkDownError) -> None:
        """Log the reason why Redis did not do what it was asked, and what an operator can do."""
        _log.warning(
            f"{error.reason}; trying again",
            address=self._redis.address.shown,
            error=str(error),
            hint=error.hint,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.close()
