"""Commands to Redis: each goes to the server that holds its key, and fails at once where it fails.

redis-py's own retries are off. They are silent, and would hide a hung Redis for most of a minute;
whether to try again is for the caller to decide. After every failure the master is looked up again.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError

from tickcast.runtime.redis.address import Host, parse_redis_address
from tickcast.runtime.redis.errors import FAILURES, LinkError, LinkRefusedError, link_error
from tickcast.runtime.redis.subscription import subscribed
from tickcast.runtime.redis.topology import Topology

T = TypeVar("T")
Argument = str | bytes | int


class RedisClient:
    """The Redis of an address, or the masters behind it. Safe to use from several tasks."""

    def __init__(
        self, url: str, password_file: Path | None, timeout: float, max_connections: int | None = None
    ) -> None:
        """Connect nothing yet. Raises LinkRefusedError if the address or the password file will not do.

        `timeout` is in seconds, for connecting and for each answer; `max_connections` are those to
        one server (redis-py allows 100 unless told otherwise).
        """
        self._options: dict[str, Any] = {
            "protocol": 2,  # RESP3's push path formats every payload for a log that is off
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), 0),
        }
        if max_connections is not None:
            self._options["max_connections"] = max_connections
        password = _read_password(password_file)
        try:
            self.address = address = parse_redis_address(url)
            self._single = (
                Redis.from_url(url, password=password, **self._options) if address.kind == "single" else None
            )
        except (ValueError, *FAILURES) as error:
            raise LinkRefusedError(f"not a Redis address: {error}") from error
        self._login: dict[str, Any] = {"username": address.username, "password": address.password or password}
        self._topology = Topology(address, self._ask_host)
        self._masters: dict[Host, Redis] = {}
        self._shas: dict[str, str] = {}

    @property
    def publish_command(self) -> str:
        """The command that publishes: sharded in a cluster, where the other kind goes to every node."""
        return "SPUBLISH" if self.address.kind == "cluster" else "PUBLISH"

    async def close(self) -> None:
        """Close all connections."""
        for server in [*self._masters.values(), *([self._single] if self._single else [])]:
            await server.aclose()

    async def execute(self, key: str, command: str, *args: Argument) -> Any:
        """Send a command to the server that holds `key`; return the answer. Raises LinkError."""
        server = None
        try:
            server = await self._holder(key)
            return await server.execute_command(command, *args)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except FAILURES as error:
            raise await self._failed(command, server, error) from error

    async def transaction(self, key: str, what: str, commands: Sequence[Sequence[Argument]]) -> list[Any]:
        """Return the answers to commands about keys that stand with `key`, as of one moment.

        `what` names them in a failure. Raises LinkError.
        """
        server = None
        try:
            server = await self._holder(key)
            async with server.pipeline(transaction=True) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                answers: list[Any] = await pipe.execute()
                return answers
        except FAILURES as error:
            raise await self._failed(what, server, error) from error

    async def script(self, source: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run a Lua script and return its answer. Raises LinkError."""
        sha = self._shas.get(source)
        if sha is None:
            # Redis names scripts by SHA-1; nothing secret hangs on it.
            sha = self._shas[source] = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        try:
            return await self.execute(keys[0], "EVALSHA", sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self.execute(keys[0], "EVAL", source, len(keys), *keys, *args)

    async def subscriptions(
        self, channels: Mapping[str, T]
    ) -> list[AbstractAsyncContextManager[AsyncIterator[tuple[T, bytes]]]]:
        """Return a subscription for each server that holds some of `channels`, not yet connected.

        A message comes as the value of its channel and the bytes. Raises LinkError.
        """
        self._topology.forget()  # whatever ended the last subscription may have moved the master
        by_server: dict[Redis, dict[bytes, T]] = {}
        try:
            for channel, value in channels.items():
                by_server.setdefault(await self._holder(channel), {})[channel.encode("ascii")] = value
        except FAILURES as error:
            raise link_error("subscription", error) from error
        sharded = self.address.kind == "cluster"
        return [subscribed(server, held, sharded) for server, held in by_server.items()]

    async def _holder(self, key: str) -> Redis:
        if self._single is not None:
            return self._single
        host = await self._topology.holder(key)
        if host not in self._masters:
            self._masters[host] = Redis(
                host=host.name,
                port=host.port,
                db=self.address.db,
                redis_connect_func=_connect_to_master,
                **self._login,
                **self._options,
            )
        return self._masters[host]

    async def _failed(self, what: str, server: Redis | None, error: Exception) -> LinkError:
        """Keep neither a server that failed nor what was known of the masters; return what happened."""
        self._topology.forget()
        demoted = isinstance(error, ReadOnlyError)
        if server is None or (isinstance(error, ResponseError) and not demoted):
            pass  # No server was found, or one answers, and its connections are sound.
        elif server is not self._single:
            self._masters = {host: other for host, other in self._masters.items() if other is not server}
            await server.aclose()
        elif demoted:
            # The address may lead to another server by now.
            await server.connection_pool.disconnect(inuse_connections=False)
        return link_error(what, error)

    async def _ask_host(self, host: Host, command: tuple[str, ...]) -> Any:
        login = self._login if self.address.kind == "cluster" else {}
        async with Redis(host=host.name, port=host.port, **login, **self._options) as client:
            try:
                return await client.execute_command(*command)  # type: ignore[no-untyped-call]
            except FAILURES as error:
                failure = link_error(f"{host.name}:{host.port}", error)
                if isinstance(failure, LinkRefusedError):
                    raise failure from error
                raise ConnectionError(str(failure)) from error


async def _connect_to_master(connection: Connection) -> None:
    """Set up a new connection, and refuse it if its server was demoted."""
    await connection.on_connect()
    await connection.send_command("ROLE")
    role = await connection.read_response()
    if role[0] not in (b"master", "master"):
        raise RedisConnectionError(f"{connection.host}:{connection.port} is no master any more")


def _read_password(file: Path | None) -> str | None:
    try:
        return file.read_text("utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise LinkRefusedError(f"the file of Redis's password cannot be read: {error}") from error
