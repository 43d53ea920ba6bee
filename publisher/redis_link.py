"""The publisher's way to Redis, and the only module that knows redis-py.

Waits are short and tries are ours: redis-py's own repeats are silent and would hide a hung
Redis for the better part of a minute. Every failure becomes a LinkError here.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

TIMEOUT = 1.0
"""Seconds for an answer. A standby needs the lease (2 s) to run out, so waiting longer gains nothing."""

_BACKOFF_FIRST, _BACKOFF_MOST = 0.05, 1.0
_REFUSALS = (AuthenticationError, AuthorizationError, NoPermissionError)

T = TypeVar("T")
Argument = str | bytes | int
_log = structlog.get_logger()


class LinkError(Exception):
    """Redis did not answer, or could not do it now; it may have been done all the same."""


class LinkRefusedError(Exception):
    """Redis does not let us in, and asking again will not help; the message is one line."""


class RedisLink:
    """A pool of connections to one Redis. Safe to use from several tasks."""

    publish_command = "PUBLISH"
    """What the script publishes with; sharded pub/sub says SPUBLISH."""

    def __init__(self, url: str, password_file: Path | None = None, timeout: float = TIMEOUT) -> None:
        """Connect nothing yet. Raises LinkRefusedError if the password file cannot be read."""
        self.retries = 0
        """Calls repeated so far, for the metrics."""
        self._shas: dict[str, str] = {}
        self._redis = redis.asyncio.Redis.from_url(
            url,
            password=_password(password_file),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )

    async def script(self, source: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run a Lua script and return its answer. Raises LinkError, LinkRefusedError."""
        sha = self._shas.get(source)
        if sha is None:
            # Redis names scripts by SHA-1; nothing secret hangs on it.
            sha = self._shas[source] = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self._call("EVALSHA", sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self._call("EVAL", source, len(keys), *keys, *args)

    async def read_hash(self, key: str) -> dict[bytes, bytes]:
        """Return all of a hash; empty, if there is none. Raises LinkError, LinkRefusedError."""
        found: dict[bytes, bytes] = await self._call("HGETALL", key)
        return found

    async def memory_usage(self, key: str) -> int:
        """Return the bytes that a key takes; 0, if there is none. Raises LinkError, LinkRefusedError."""
        return int(await self._call("MEMORY USAGE", key) or 0)

    async def retry(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Return what `operation` returns, repeated until Redis answers.

        It must be safe to repeat: a call whose answer was lost may have been done. Raises LinkRefusedError.
        """
        wait = _BACKOFF_FIRST
        while True:
            try:
                answer = await operation()
            except LinkError as error:
                self.retries += 1
                if wait == _BACKOFF_FIRST:
                    _log.warning("redis does not answer, trying again", error=str(error))
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(2 * wait, _BACKOFF_MOST)
            else:
                if wait != _BACKOFF_FIRST:
                    _log.info("redis answers again")
                return answer

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()

    async def _call(self, command: str, *args: Argument) -> Any:
        try:
            return await self._redis.execute_command(command, *args)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except _REFUSALS as error:
            raise LinkRefusedError(f"Redis refuses the publisher: {error}") from None
        except ReadOnlyError as error:
            # This server was demoted: the next try must look for the master on a new connection.
            await self._redis.connection_pool.disconnect(inuse_connections=False)
            raise LinkError(f"{command}: {error}") from None
        except ResponseError as error:
            raise LinkError(f"{command}: {error}") from None
        except (RedisError, OSError, TimeoutError) as error:
            raise LinkError(f"{command}: {error or type(error).__name__}") from None


def _password(file: Path | None) -> str | None:
    try:
        return file.read_text("utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise LinkRefusedError(f"the file of Redis's password cannot be read: {error}") from None
