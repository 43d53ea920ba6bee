"""The gateway's link to Redis: the only module that knows redis-py.

Live batches come over a bare connection of our own, not redis-py's PubSub, which reconnects
silently and loses what was published meanwhile. Nothing here retries: whoever follows the
feed must know of every break, because each can be a hole.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from redis.asyncio import Connection, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from wire import names
from wire.position import START, Position, PositionError, parse_position

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
    """Commands, and one live connection, to one Redis."""

    def __init__(self, url: str, password_file: Path | None = None) -> None:
        """Connect nothing yet. Raises LinkError if the address or the password file will not do."""
        self._url = url
        try:
            self._redis = Redis.from_url(
                url,
                password=_password(password_file),
                protocol=2,  # RESP3's push path formats every payload for a log that is off
                socket_timeout=TIMEOUT,
                socket_connect_timeout=TIMEOUT,
                retry=Retry(NoBackoff(), 0),
            )
        except (ValueError, RedisError) as error:
            raise LinkError(f"not a Redis address: {error}") from error

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()

    async def _ask(self, *command: Any) -> Any:
        try:
            return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as error:
            raise LinkError(f"{command[0]}: {error}") from error

    async def state(self, partition: int) -> State:
        """Return the epoch and newest position of a partition's log. Raises LinkError."""
        return _state(await self._ask("HMGET", names.meta(partition), "epoch", "id"))

    async def load(self, partition: int) -> tuple[State, list[tuple[bytes, bytes]]]:
        """Return state and newest ticks of a partition, as they are at one moment. Raises LinkError."""
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hmget(names.meta(partition), ["epoch", "id"])
                pipe.hgetall(names.last(partition))
                meta, last = await pipe.execute()
        except (RedisError, OSError) as error:
            raise LinkError(f"loading partition {partition}: {error}") from error
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
        connection: Connection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        channels = {names.live(p).encode("ascii"): p for p in range(partitions)}
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            await connection.send_command("SUBSCRIBE", *channels)
            for _ in channels:
                await connection.read_response(disable_decoding=True)
            yield _messages(connection, channels)
        except (TimeoutError, RedisError, OSError) as error:
            raise LinkError(str(error) or type(error).__name__) from error
        finally:
            await connection.disconnect(nowait=True)


async def _messages(connection: Connection, channels: dict[bytes, int]) -> AsyncIterator[tuple[int, bytes]]:
    while True:
        message = await connection.read_response(disable_decoding=True, timeout=math.inf)
        if isinstance(message, list) and len(message) == 3 and message[0] == b"message":
            yield channels[message[1]], message[2]


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
