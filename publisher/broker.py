"""The publisher's way to Redis, and the only module that knows redis-py.

Waits are short and tries are ours: redis-py's own repeats are silent and would hide a hung
Redis for the better part of a minute. Every failure becomes a LinkError here, and after each
one the master is looked for anew.
"""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import redis.asyncio
import structlog
from redis.asyncio import Connection
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

from tickcast.runtime.redis.address import Host, parse_redis_address
from tickcast.runtime.redis.topology import Directory
from tickcast.wire.names import MAX_PARTITIONS

TIMEOUT = 1.0
"""Seconds for an answer. A standby needs the lease (2 s) to run out, so waiting longer gains nothing."""

_PAGE = 8
"""Log entries read at once: of 1 MiB at most, they have to come within TIMEOUT."""

_BACKOFF_FIRST, _BACKOFF_MOST = 0.05, 1.0
_REFUSALS = (AuthenticationError, AuthorizationError, NoPermissionError)

T = TypeVar("T")
Argument = str | bytes | int
LogEntries = list[tuple[bytes, dict[bytes, bytes]]]
"""(id, fields) of a stream."""
_log = structlog.get_logger()


class LinkError(Exception):
    """Redis did not answer, or could not do it now; it may have been done all the same."""


class LinkRefusedError(Exception):
    """Redis does not let us in, and asking again will not help; the message is one line."""


class RedisLink:
    """Connections to the Redis of an address, or to the masters behind it. Safe to use from several tasks."""

    def __init__(self, url: str, password_file: Path | None = None, timeout: float = TIMEOUT) -> None:
        """Connect nothing yet. Raises LinkRefusedError if the password file cannot be read."""
        self.retries = 0
        """Calls repeated so far, for the metrics."""
        self._shas: dict[str, str] = {}
        self._address = address = parse_redis_address(url)
        self.publish_command = "SPUBLISH" if address.kind == "cluster" else "PUBLISH"
        """What the script publishes with."""
        self._directory = Directory(address, self._ask_host)
        self._options: dict[str, Any] = {
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,
            "max_connections": 2 * MAX_PARTITIONS,  # one call each, and some; redis-py stops at 100
        }
        password = _password(password_file)
        self._login: dict[str, Any] = {"username": address.username, "password": address.password or password}
        self._single = (
            redis.asyncio.Redis.from_url(url, password=password, **self._options)
            if address.kind == "single"
            else None
        )
        self._masters: dict[Host, redis.asyncio.Redis] = {}

    async def script(self, source: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run a Lua script and return its answer. Raises LinkError, LinkRefusedError."""
        sha = self._shas.get(source)
        if sha is None:
            # Redis names scripts by SHA-1; nothing secret hangs on it.
            sha = self._shas[source] = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self._call(keys[0], "EVALSHA", sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self._call(keys[0], "EVAL", source, len(keys), *keys, *args)

    async def read_hash(self, key: str) -> dict[bytes, bytes]:
        """Return all of a hash; empty, if there is none. Raises LinkError, LinkRefusedError."""
        found: dict[bytes, bytes] = await self._call(key, "HGETALL", key)
        return found

    async def read_back(self, key: str, top: str, floor: str) -> LogEntries:
        """Return at most _PAGE entries of a stream from the id `top` back to `floor`, newest first.

        Raises LinkError, LinkRefusedError.
        """
        found: LogEntries = await self._call(key, "XREVRANGE", key, top, floor, "COUNT", _PAGE)
        return found

    async def memory_usage(self, key: str) -> int:
        """Return the bytes that a key takes; 0, if there is none. Raises LinkError, LinkRefusedError."""
        return int(await self._call(key, "MEMORY USAGE", key) or 0)

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
                    self.complain(error)
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(2 * wait, _BACKOFF_MOST)
            else:
                if wait != _BACKOFF_FIRST:
                    _log.info("redis answers again")
                return answer

    def complain(self, error: LinkError) -> None:
        """Log that Redis does not answer, and what to do."""
        _log.warning(
            "redis does not answer, trying again",
            address=self._address.shown,
            error=str(error),
            hint="check that Redis runs there, or name another with --redis-url",
        )

    async def close(self) -> None:
        """Close all connections."""
        for client in [*self._masters.values(), *([self._single] if self._single else [])]:
            await client.aclose()

    async def _call(self, key: str, command: str, *args: Argument) -> Any:
        """Send a command to the server that holds `key`."""
        client = None
        try:
            client = await self._holder(key)
            return await client.execute_command(command, *args)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except _REFUSALS as error:
            raise LinkRefusedError(f"Redis refuses the publisher: {error}") from None
        except (RedisError, OSError, TimeoutError) as error:
            await self._look_anew(client, error)
            raise LinkError(f"{command}: {error or type(error).__name__}") from None

    async def _holder(self, key: str) -> redis.asyncio.Redis:
        if self._single is not None:
            return self._single
        host = await self._directory.holder(key)
        if host not in self._masters:
            self._masters[host] = redis.asyncio.Redis(
                host=host.name,
                port=host.port,
                db=self._address.db,
                redis_connect_func=_connect_to_master,
                **self._login,
                **self._options,
            )
        return self._masters[host]

    async def _look_anew(self, client: redis.asyncio.Redis | None, error: Exception) -> None:
        """Stick neither to a server that failed nor to what was known of who is master."""
        self._directory.forget()
        if client is None or (isinstance(error, ResponseError) and not isinstance(error, ReadOnlyError)):
            return
        if client is self._single:
            if isinstance(error, ReadOnlyError):
                # This server was demoted; its address may lead to another one.
                await client.connection_pool.disconnect(inuse_connections=False)
            return
        self._masters = {host: other for host, other in self._masters.items() if other is not client}
        await client.aclose()

    async def _ask_host(self, host: Host, command: tuple[str, ...]) -> Any:
        login = self._login if self._address.kind == "cluster" else {}
        async with redis.asyncio.Redis(host=host.name, port=host.port, **login, **self._options) as client:
            try:
                return await client.execute_command(*command)  # type: ignore[no-untyped-call]
            except _REFUSALS:
                raise
            except (RedisError, OSError) as error:
                raise ConnectionError(f"{host.name}:{host.port}: {error}") from None


async def _connect_to_master(connection: Connection) -> None:
    """Set a new connection up, and refuse it if its server was demoted."""
    await connection.on_connect()
    await connection.send_command("ROLE")
    role = await connection.read_response()
    if role[0] not in (b"master", "master"):
        raise redis.exceptions.ConnectionError(f"{connection.host}:{connection.port} is no master any more")


def _password(file: Path | None) -> str | None:
    try:
        return file.read_text("utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise LinkRefusedError(f"the file of Redis's password cannot be read: {error}") from None
