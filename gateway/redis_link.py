"""The gateway's link to Redis: the only module that knows redis-py.

Live batches come over a bare connection of our own, not redis-py's PubSub, which reconnects
silently and loses what was published meanwhile; nor its sharded one, which stalls with a sick
node. Nothing here retries: whoever follows the feed must know of every break, because each can
be a hole. After each failure the master is looked for anew.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from redis.asyncio import Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from gateway.merging import merged
from wire import names
from wire.directory import Directory
from wire.position import START, Position, PositionError, parse_position
from wire.redis_address import Host, parse_redis_address

TIMEOUT = 2.0
"""Seconds in which Redis has to answer; a heartbeat comes every second, so more is a hang."""


class LinkError(Exception):
    """Redis cannot be reached, does not answer or refuses; the message says which."""


class State(NamedTuple):
    """What a partition's log is, as Redis has it."""

    epoch: str
    """Empty: nobody has published yet."""
    position: Position


class RedisLink:
    """Commands, and live connections, to the Redis of an address or to the masters behind it."""

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
            client = await self._holder(key)
            yield client
        except (RedisError, OSError) as error:
            self._directory.forget()
            if client is not None and client is not self._single:
                self._masters = {host: other for host, other in self._masters.items() if other is not client}
                await client.aclose()
            raise LinkError(f"{what}: {error or type(error).__name__}") from error

    async def _ask(self, command: str, key: str, *args: Any) -> Any:
        async with self._asking(command, key) as client:
            return await client.execute_command(command, key, *args)  # type: ignore[no-untyped-call]

    async def state(self, partition: int) -> State:
        """Return the epoch and newest position of a partition's log. Raises LinkError."""
        return _state(await self._ask("HMGET", names.meta(partition), "epoch", "id"))

    async def load(self, partition: int) -> tuple[State, list[tuple[bytes, bytes]]]:
        """Return state and newest ticks of a partition, as they are at one moment. Raises LinkError."""
        async with (
            self._asking(f"loading partition {partition}", names.meta(partition)) as client,
            client.pipeline(transaction=True) as pipe,
        ):
            pipe.hmget(names.meta(partition), ["epoch", "id"])
            pipe.hgetall(names.last(partition))
            meta, last = await pipe.execute()
        return _state(meta), list(last.items())

    async def instruments(self, partition: int) -> list[bytes]:
        """Return the JSON of every instrument of a partition. Raises LinkError."""
        values: list[bytes] = await self._ask("HVALS", names.symbols(partition))
        return values

    async def read_log(self, partition: int, after: Position, most: int) -> list[tuple[Position, bytes]]:
        """Return up to `most` entries of a partition's log after a position, oldest first.

        What is no entry of ours is returned with empty bytes. Raises LinkError.
        """
        entries = await self._ask("XRANGE", names.log(partition), f"({after}", "+", "COUNT", most)
        found = []
        for entry_id, fields in entries:
            held = _pairs(fields)
            # An id beyond our bounds was put there by somebody else; it still moves the reading on.
            try:
                position = parse_position(entry_id)
            except PositionError as error:
                raise LinkError(f"the log of partition {partition} cannot be read: {error}") from error
            found.append((position, held.get(b"b", b"")))
        return found

    @asynccontextmanager
    async def live(self, partitions: int) -> AsyncIterator[AsyncIterator[tuple[int, bytes]]]:
        """Subscribe to all partitions; gives (partition, batch) as they come, until the link breaks.

        The subscription is confirmed when the context is entered. Raises LinkError.
        """
        async with AsyncExitStack() as connections:
            try:
                self._directory.forget()  # whatever ended the last one may have moved the master
                channels: dict[Redis, dict[bytes, int]] = {}
                for partition in range(partitions):
                    client = await self._holder(names.live(partition))
                    channels.setdefault(client, {})[names.live(partition).encode("ascii")] = partition
                sharded = self._address.kind == "cluster"
                streams = await asyncio.gather(
                    *(_subscribe(connections, client, held, sharded) for client, held in channels.items())
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


async def _subscribe(
    connections: AsyncExitStack, client: Redis, channels: dict[bytes, int], sharded: bool
) -> AsyncIterator[tuple[int, bytes]]:
    """Return what comes over a new connection, subscribed to the channels of one server."""
    connection: Connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    connections.push_async_callback(connection.disconnect, nowait=True)
    await connection.connect()  # type: ignore[no-untyped-call]
    # A command may name channels of one slot only.
    for names_together in [[name] for name in channels] if sharded else [[*channels]]:
        await connection.send_command("SSUBSCRIBE" if sharded else "SUBSCRIBE", *names_together)
    confirmed = 0
    while confirmed < len(channels):
        # Batches that come meanwhile are in the log, which is read next.
        reply = await connection.read_response(disable_decoding=True)
        confirmed += reply[0].endswith(b"subscribe")
    return _messages(connection, channels)


async def _messages(connection: Connection, channels: dict[bytes, int]) -> AsyncIterator[tuple[int, bytes]]:
    while True:
        message = await connection.read_response(disable_decoding=True, timeout=math.inf)
        if not isinstance(message, list) or len(message) != 3:
            continue
        if message[0] in (b"message", b"smessage"):
            yield channels[message[1]], message[2]
        elif message[0] == b"sunsubscribe":
            raise RedisConnectionError("the cluster has moved a partition to another node")


def _password(file: Path | None) -> str | None:
    try:
        return file.read_text("utf-8").strip() if file else None
    except (OSError, UnicodeDecodeError) as error:
        raise LinkError(f"the file of Redis's password cannot be read: {error}") from error


def _state(meta: list[bytes | None]) -> State:
    epoch, position = meta
    if epoch is None or position is None:
        return State("", START)
    try:
        return State(epoch.decode("ascii"), parse_position(position))
    except (PositionError, UnicodeDecodeError) as error:
        raise LinkError(f"what Redis holds of the feed cannot be read: {error}") from error


def _pairs(fields: Any) -> dict[bytes, bytes]:
    if isinstance(fields, dict):
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=False))
