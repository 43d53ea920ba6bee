"""What the publisher asks of Redis, and how it keeps asking while Redis does not answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import structlog

from tickcast.runtime.redis.client import Argument, RedisClient
from tickcast.runtime.redis.errors import LinkDownError
from tickcast.wire.bounds import MAX_PARTITIONS

TIMEOUT = 1.0
"""Seconds for an answer. A standby needs the lease (2 s) to run out, so waiting longer gains nothing."""

_PAGE = 8
"""Log entries read at once: of 1 MiB at most, they have to come within TIMEOUT."""

_BACKOFF_FIRST, _BACKOFF_MOST = 0.05, 1.0

T = TypeVar("T")
LogEntries = list[tuple[bytes, dict[bytes, bytes]]]
"""(id, fields) of a stream."""
_log = structlog.get_logger()


class Broker:
    """The Redis that this publisher writes to. Safe to use from several tasks."""

    def __init__(self, url: str, password_file: Path | None = None, timeout: float = TIMEOUT) -> None:
        """Connect nothing yet. Raises LinkRefusedError if the address or the password file will not do."""
        self.retries = 0
        """Calls repeated so far, for the metrics."""
        # Each partition has one call under way, and some more come from elsewhere.
        self._redis = RedisClient(url, password_file, timeout, max_connections=2 * MAX_PARTITIONS)
        self.publish_command = self._redis.publish_command
        """The command that the script publishes with."""

    async def script(self, source: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run a Lua script and return its answer. Raises LinkError."""
        return await self._redis.script(source, keys, args)

    async def read_hash(self, key: str) -> dict[bytes, bytes]:
        """Return all of a hash; empty, if there is none. Raises LinkError."""
        found: dict[bytes, bytes] = await self._redis.execute(key, "HGETALL", key)
        return found

    async def read_back(self, key: str, top: str, floor: str) -> LogEntries:
        """Return at most _PAGE entries of a stream from the id `top` back to `floor`, newest first.

        Raises LinkError.
        """
        found: LogEntries = await self._redis.execute(key, "XREVRANGE", key, top, floor, "COUNT", _PAGE)
        return found

    async def memory_usage(self, key: str) -> int:
        """Return the bytes that a key takes; 0, if there is none. Raises LinkError."""
        return int(await self._redis.execute(key, "MEMORY USAGE", key) or 0)

    async def retry(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Return what `operation` returns, repeated until Redis answers.

        It must be safe to repeat: a call whose answer was lost may have been done. Raises LinkRefusedError.
        """
        wait = _BACKOFF_FIRST
        while True:
            try:
                answer = await operation()
            except LinkDownError as error:
                self.retries += 1
                if wait == _BACKOFF_FIRST:
                    self.complain(error)
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(2 * wait, _BACKOFF_MOST)
            else:
                if wait != _BACKOFF_FIRST:
                    _log.info("redis answers again")
                return answer

    def complain(self, error: LinkDownError) -> None:
        """Log that Redis does not answer, and what to do."""
        _log.warning(
            "redis does not answer, trying again",
            address=self._redis.address.shown,
            error=str(error),
            hint="check that Redis runs there, or name another with --redis-url",
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.close()
