"""The Redis behind an address: the only module that knows redis-py.

What is published comes over bare connections of our own, not redis-py's PubSub, which reconnects
silently and loses what was published meanwhile; nor its sharded one, which stalls with a sick
node. Nothing here retries: whoever follows the feed must know of every break, because each can
be a hole. After each failure the master is looked for anew.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from tickcast.gateway.feed.merging import merged
from tickcast.runtime.redis.address import Host, parse_redis_address
from tickcast.runtime.redis.topology import Directory

T = TypeVar("T")
U = TypeVar("U")

_MOVED = "the cluster has moved a channel to another node"

TIMEOUT = 2.0
"""Seconds in which Redis has to answer; a heartbeat comes every second, so more is a hang."""

AT_ONCE = 64
"""Commands under way; beyond 100 connections redis-py refuses them, the feed's own among the rest."""


class LinkError(Exception):
    """Redis cannot be reached, does not answer or refuses; the message says which."""


class RedisServers:
    """Commands, and subscriptions, to the Redis of an address or to the masters behind it."""

    def __init__(self, url: str, password_file: Path | None = None) -> None:
        """Connect nothing yet. Raises LinkError if the address or the password file will not do."""
        self._options: dict[str, Any] = {
            "protocol": 2,  # RESP3's push path formats every payload for a log that is off
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
        }
        password = _password(password_file)
        try:
            self._address = address = parse_redis_address(url)
            self._single = (
                Redis.from_url(url, password=password, **self._options) if address.kind == "single" else None
            )
        except (ValueError, RedisError) as error:
            raise LinkError(f"not a Redis address: {error}") from error
        self._login: dict[str, Any] = {"username": address.username, "password": address.password or password}
        self._directory = Directory(address, self._ask_host)
        self._masters: dict[Host, Redis] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        """Close all connections."""
        for client in [*self._masters.values(), *([self._single] if self._single else [])]:
            await client.aclose()

    async def _holder(self, key: str) -> Redis:
        if self._single is not None:
            return self._single
        host = await self._directory.holder(key)
        if host not in self._masters:
            self._masters[host] = Redis(
                host=host.name,
                port=host.port,
                db=self._address.db,
                redis_connect_func=_connect_to_master,
                **self._login,
                **self._options,
            )
        return self._masters[host]

    async def _ask_host(self, host: Host, command: tuple[str, ...]) -> Any:
        login = self._login if self._address.kind == "cluster" else {}
        async with Redis(host=host.name, port=host.port, **login, **self._options) as client:
            try:
                return await client.execute_command(*command)  # type: ignore[no-untyped-call]
            except (RedisError, OSError) as error:
                raise ConnectionError(f"{host.name}:{host.port}: {error}") from error

    @asynccontextmanager
    async def _asking(self, what: str, key: str) -> AsyncIterator[Redis]:
        """Give a client of the server that holds `key`; stick to nothing that failed. Raises LinkError."""
        client = None
        try:
            async with self._turns:
                client = await self._holder(key)
                yield client
        except (RedisError, OSError) as error:
            self._directory.forget()
            if client is not None and client is not self._single:
                self._masters = {host: other for host, other in self._masters.items() if other is not client}
                await client.aclose()
            raise LinkError(f"{what}: {error or type(error).__name__}") from error

    async def ask(self, command: str, key: str, *args: Any) -> Any:
        """Return the answer to a command about a key. Raises LinkError."""
        async with self._asking(command, key) as client:
            return await client.execute_command(command, key, *args)  # type: ignore[no-untyped-call]

    async def ask_together(self, what: str, *commands: tuple[Any, ...]) -> list[Any]:
        """Return the answers to commands about keys of one partition, as of one moment. Raises LinkError."""
        async with (
            self._asking(what, commands[0][1]) as client,
            client.pipeline(transaction=True) as pipe,
        ):
            for command in commands:
                pipe.execute_command(*command)
            answers: list[Any] = await pipe.execute()
            return answers

    async def publish(self, channel: str, message: bytes) -> int:
        """Publish to a channel; return how many got it. Raises LinkError."""
        command = "SPUBLISH" if self._address.kind == "cluster" else "PUBLISH"
        return int(await self.ask(command, channel, message))

    @asynccontextmanager
    async def subscribed(self, channels: Mapping[str, T]) -> AsyncIterator[AsyncIterator[tuple[T, bytes]]]:
        """Subscribe; gives (value of the channel, message) as they come, until a connection breaks.

        All subscriptions are confirmed when the context is entered. Raises LinkError.
        """
        async with AsyncExitStack() as connections:
            try:
                self._directory.forget()  # whatever ended the last one may have moved the master
                held: dict[Redis, dict[bytes, T]] = {}
                for channel, value in channels.items():
                    held.setdefault(await self._holder(channel), {})[channel.encode("ascii")] = value
                sharded = self._address.kind == "cluster"
                streams = await _all_of(
                    _subscribe(connections, client, those, sharded) for client, those in held.items()
                )
                yield (
                    streams[0]
                    if len(streams) == 1
                    else await connections.enter_async_context(merged(streams))
                )
            except (TimeoutError, RedisError, OSError) as error:
                raise LinkError(str(error) or type(error).__name__) from error


async def _connect_to_master(connection: Connection) -> None:
    """Set a new connection up, and refuse it if its server was demoted."""
    await connection.on_connect()
    await connection.send_command("ROLE")
    role = await connection.read_response()
    if role[0] not in (b"master", "master"):
        raise RedisConnectionError(f"{connection.host}:{connection.port} is no master any more")


async def _all_of(works: Iterable[Coroutine[Any, Any, U]]) -> list[U]:
    """Return all results. Where one fails the others end too: `gather` alone would let them go on."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _subscribe(
    connections: AsyncExitStack, client: Redis, channels: dict[bytes, T], sharded: bool
) -> AsyncIterator[tuple[T, bytes]]:
    """Return what comes over a new connection, subscribed to the channels of one server."""
    connection: Connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    connections.push_async_callback(connection.disconnect, nowait=True)
    await connection.connect()  # type: ignore[no-untyped-call]
    # A command may name channels of one slot only.
    for names_together in [[name] for name in channels] if sharded else [[*channels]]:
        await connection.send_command("SSUBSCRIBE" if sharded else "SUBSCRIBE", *names_together)
    confirmed = 0
    while confirmed < len(channels):
        # Whoever needs what comes meanwhile finds it in the log, which is read next.
        reply = await connection.read_response(disable_decoding=True)
        if reply[0] == b"sunsubscribe":
            raise RedisConnectionError(_MOVED)
        confirmed += reply[0] in (b"subscribe", b"ssubscribe")
    return _messages(connection, channels)


async def _messages(connection: Connection, channels: dict[bytes, T]) -> AsyncIterator[tuple[T, bytes]]:
    while True:
        message = await connection.read_response(disable_decoding=True, timeout=math.inf)
        if not isinstance(message, list) or len(message) != 3:
            continue
        if message[0] in (b"message", b"smessage"):
            yield channels[message[1]], message[2]
        elif message[0] == b"sunsubscribe":
            raise RedisConnectionError(_MOVED)


def _password(file: Path | None) -> str | None:
    try:
        return file.read_text("utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise LinkError(f"the file of Redis's password cannot be read: {error}") from error
