"""Commands to Redis: each goes to the server that holds its key, and fails at once where it fails.

redis-py's own retries are off. They are silent, and would hide a hung Redis for most of a minute;
whether to try again is for the caller to decide. After every failure the master is looked up again.
All connections to one address, or to one master, lead to one and the same process (see `server.py`).
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from tickcast.runtime.redis.address import Host, parse_redis_address
from tickcast.runtime.redis.errors import OF_LOGIN, Failure, LinkDownError, LinkError, LinkRefusedError
from tickcast.runtime.redis.login import Login
from tickcast.runtime.redis.mends import close_whole, mended
from tickcast.runtime.redis.pools import Pools
from tickcast.runtime.redis.recognition import FAILURES, failure_of, link_error
from tickcast.runtime.redis.security import PLAIN, LinkSecurity
from tickcast.runtime.redis.server import Server, Standing
from tickcast.runtime.redis.slots import SLOTS
from tickcast.runtime.redis.subscription import subscribed
from tickcast.runtime.redis.topology import Topology

T = TypeVar("T")
Argument = str | bytes | int


class RedisClient:
    """The Redis of an address, or the masters behind it. Safe to use from several tasks."""

    def __init__(
        self,
        url: str,
        password_file: Path | None,
        timeout: float,
        max_connections: int | None = None,
        *,
        writes: bool = False,
        security: LinkSecurity = PLAIN,
    ) -> None:
        """Connect nothing yet. Raises LinkRefusedError if the address or a file will not do.

        `timeout` is in seconds, for connecting and for each answer; `max_connections` are those to
        one server (redis-py allows 100 unless told otherwise). A program that `writes` is refused by a
        replica, one that reads may follow a replica that the address names.
        """
        try:
            self.address = address = parse_redis_address(url)
            self._pools = Pools(address, Login(address, password_file), security, timeout, max_connections)
        except ValueError as error:
            raise LinkRefusedError(f"not a Redis address: {error}", Failure.ADDRESS) from error
        except FAILURES as error:
            raise LinkRefusedError(str(error), failure_of(error)) from error
        self._timeout = timeout
        self._topology = Topology(address, self._ask_host)
        self._master_only = writes or address.kind != "single"
        self._servers: dict[Host | None, Server] = {}
        """By name and port; None is the one server of an address."""
        self._learned = 0
        self._standing = Standing()
        self._shas: dict[str, str] = {}

    def twin(self) -> "RedisClient":
        """Return a client with connections of its own, also for the event loop of another thread.

        When one of the two meets another server at the address, the other one leaves the old server too.
        """
        other = copy(self)
        other._topology, other._servers, other._learned = Topology(self.address, other._ask_host), {}, 0
        return other

    @property
    def publish_command(self) -> str:
        """The command that publishes: sharded in a cluster, where the other kind goes to every node."""
        return "SPUBLISH" if self.address.kind == "cluster" else "PUBLISH"

    async def close(self) -> None:
        """Close all connections."""
        await self._topology.close()
        for server in self._servers.values():
            await server.close()

    async def execute(self, key: str, command: str, *args: Argument) -> Any:
        """Send a command to the server that holds `key`; return the answer. Raises LinkError."""
        server = None
        try:
            server = await self._holder(key)
            with mended():
                answer = await server.commands.execute_command(command, *args)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except FAILURES as error:
            raise await self._failed(command, server, error) from error
        self._standing.has_answered = True
        return answer

    async def transaction(self, key: str, what: str, commands: Sequence[Sequence[Argument]]) -> list[Any]:
        """Return the answers to commands about keys that stand with `key`, as of one moment.

        `what` names them in a failure. Raises LinkError.
        """
        server = None
        try:
            server = await self._holder(key)
            with mended():
                answers: list[Any] = await _carried_out(server, commands)
        except FAILURES as error:
            raise await self._failed(what, server, error) from error
        self._standing.has_answered = True
        return answers

    async def script(self, source: str, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Run a Lua script and return its answer. Raises LinkError."""
        try:
            return await self.execute(keys[0], "EVALSHA", self._sha(source), len(keys), *keys, *args)
        except NoScriptError:
            return await self.execute(keys[0], "EVAL", source, len(keys), *keys, *args)

    async def script_on_replicas(
        self, source: str, keys: Sequence[str], args: Sequence[Argument], replicas: int
    ) -> Any:
        """Run a script, and return its answer when so many replicas have what it wrote.

        Raises LinkError; the master may have carried it out then.
        """
        if not replicas:
            return await self.script(source, keys, args)
        # WAIT is about the last write of its own connection, so both go over one.
        wait: list[Argument] = ["WAIT", replicas, int(self._timeout * 500)]
        server = None
        try:
            server = await self._holder(keys[0])
            with mended():
                run = ["EVALSHA", self._sha(source), len(keys), *keys, *args]
                answer, reached = await _in_turn(server, [run, wait])
                if isinstance(answer, NoScriptError):
                    run = ["EVAL", source, len(keys), *keys, *args]
                    answer, reached = await _in_turn(server, [run, wait])
            for each in (answer, reached):
                if isinstance(each, Exception):
                    raise each
        except FAILURES as error:
            raise await self._failed("script", server, error) from error
        self._standing.has_answered = True
        if reached < replicas:
            raise LinkDownError(f"{reached} replicas have it, {replicas} are wanted", Failure.NOT_COPIED)
        return answer

    def _sha(self, source: str) -> str:
        """Return the name of a script."""
        if source not in self._shas:
            # Redis names scripts by SHA-1; nothing secret hangs on it.
            self._shas[source] = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
        return self._shas[source]

    async def scan(self, pattern: str) -> AsyncIterator[list[bytes]]:
        """Yield all keys that match, some at a time, and some twice, of every master. Raises LinkError."""
        # A number for each slot, so that each master holds one of them.
        for key in await self.one_key_each([str(number) for number in range(SLOTS)]):
            cursor = -1
            while cursor:
                found = await self.execute(key, "SCAN", max(0, cursor), "MATCH", pattern, "COUNT", 1000)
                cursor = int(found[0])
                yield found[1]

    async def one_key_each(self, keys: Sequence[str]) -> list[str]:
        """Return one of `keys` for each server that holds some of them. Raises LinkError."""
        found: dict[Server, str] = {}
        try:
            for key in keys:
                found.setdefault(await self._holder(key), key)
        except FAILURES as error:
            raise await self._failed("servers", None, error) from error
        return list(found.values())

    async def subscriptions(
        self, channels: Mapping[str, T]
    ) -> list[AbstractAsyncContextManager[AsyncIterator[tuple[T, bytes]]]]:
        """Return a subscription for each server that holds some of `channels`, not yet connected.

        A message comes as the value of its channel and the bytes. Raises LinkError.
        """
        self._topology.forget()  # whatever ended the last subscription may have moved the master
        by_server: dict[Server, dict[str, T]] = {}
        try:
            for channel, value in channels.items():
                by_server.setdefault(await self._holder(channel), {})[channel] = value
        except FAILURES as error:
            raise await self._failed("subscription", None, error) from error
        sharded = self.address.kind == "cluster"
        return [subscribed(server, held, sharded) for server, held in by_server.items()]

    async def _holder(self, key: str) -> Server:
        host = None
        if self.address.kind != "single":
            host = await self._master(key)
            await self._leave_moved()
        server = self._servers.get(host)
        if server is not None and server.has_moved:
            await server.leave()
        if server is None or server.void:
            server = Server(self._pools.of(host), host, self._standing, self._master_only)
            self._servers[host] = server
        return server

    async def _master(self, key: str) -> Host:
        try:
            return await self._topology.holder(key)
        except LinkRefusedError as error:
            raise (error.as_outage() if self._standing.has_answered else error) from None

    async def _leave_moved(self) -> None:
        """End subscriptions at servers that are master of their channels no longer.

        Commands go to the new master already, and the two must never be mixed.
        """
        if self._learned == self._topology.learned:
            return
        self._learned = self._topology.learned
        for host, server in list(self._servers.items()):
            if any(self._topology.known(channel) not in (None, host) for channel in server.channels):
                await server.retire("the master has moved to another server")

    async def _failed(self, what: str, server: Server | None, error: Exception) -> LinkError:
        """Forget what was known of the masters; return what happened."""
        self._topology.forget()
        if server is None:
            return link_error(what, error, self._standing.has_answered)
        return await server.failure(what, error)

    async def _ask_host(self, host: Host, command: tuple[str, ...]) -> Any:
        client = Redis.from_pool(self._pools.asking(host))
        try:
            with mended():
                return await client.execute_command(*command)  # type: ignore[no-untyped-call]
        except FAILURES as error:
            failure = self._failure_of_host(host, error)
            if isinstance(failure, LinkRefusedError):
                raise failure from error
            raise ConnectionError(str(failure)) from error
        finally:
            await close_whole(client)

    def _failure_of_host(self, host: Host, error: Exception) -> LinkError:
        failure = link_error(f"{host.name}:{host.port}", error)
        if self.address.kind == "sentinel" and failure.failure in OF_LOGIN:
            return LinkRefusedError(f"Sentinel {host.name}:{host.port}: {error}", Failure.SENTINEL_LOGIN)
        return failure


async def _carried_out(server: Server, commands: Sequence[Sequence[Argument]]) -> list[Any]:
    async with server.commands.pipeline(transaction=True) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        answers: list[Any] = await pipe.execute()
        return answers


async def _in_turn(server: Server, commands: Sequence[Sequence[Argument]]) -> list[Any]:
    """Return the answers to commands over one connection; what Redis refuses is an exception among them."""
    async with server.commands.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        answers: list[Any] = await pipe.execute(raise_on_error=False)
        return answers
