"""The connections to one server, held to be one and the same process of Redis.

An address can come to lead to another server while connections to the old one stay open. What one server
says proves nothing about the other, so connections to both are never used side by side.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError

from tickcast.runtime.redis.address import Host
from tickcast.runtime.redis.errors import MOVED, NO_MASTER, Failure, LinkDownError, LinkError
from tickcast.runtime.redis.recognition import FAILURES, failure_of, link_error


class Standing:
    """What all clients of one address know of its servers; clients may live in different threads."""

    def __init__(self) -> None:
        self.has_answered = False
        """Redis has carried out a command."""
        self.run_ids: dict[Host | None, str] = {}
        """The run id that the newest connection to each server got."""


class Server:
    """A pool of connections for commands, and the connections of subscriptions.

    Each new connection asks the server for its run id before it is used. When the id is not the one that
    the other connections got, all of them are closed and this object is void: make another.
    """

    def __init__(
        self, pool: ConnectionPool, host: Host | None, standing: Standing, master_only: bool
    ) -> None:
        """Connect nothing yet. With `master_only`, a server that is a replica is refused."""
        self.standing = standing
        pool.update_connection_kwargs(redis_connect_func=self._admit)
        self.commands = Redis(connection_pool=pool)
        """Commands, over pooled connections."""
        self.void = ""
        """The reason why this object must not be used; empty while it may."""
        self._pool = pool
        self._host = host
        self._master_only = master_only
        self._cause = Failure.CLOSED
        self._run_id = ""
        self._admitted: set[Connection] = set()
        self._live: dict[Connection, frozenset[str]] = {}

    @property
    def channels(self) -> set[str]:
        """The channels of all subscriptions."""
        return {channel for channels in self._live.values() for channel in channels}

    @property
    def has_moved(self) -> bool:
        """Tell whether another client has met another server at this address since."""
        return bool(self._run_id) and self._run_id != self.standing.run_ids.get(self._host, self._run_id)

    def open_live(self, channels: Iterable[str]) -> Connection:
        """Return a connection for a subscription, not yet connected; `close_live` must follow."""
        connection: Connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
        self._live[connection] = frozenset(channels)
        return connection

    async def close_live(self, connection: Connection) -> None:
        """Close the connection of a subscription, and all that other commands would be sent over.

        Whatever ended the subscription may have moved the address, so that every connection has to be
        opened, and its server asked, again.
        """
        del self._live[connection]
        self._admitted.discard(connection)
        if not self._live:
            await self.retire("the live connection has ended")
        await connection.disconnect(nowait=True)
        await self.refresh()

    async def refresh(self) -> None:
        """Close the idle connections for commands at once, and each busy one after its command."""
        await self._pool.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]
        with suppress(*FAILURES):
            await self._pool.disconnect(inuse_connections=False)

    async def retire(self, reason: str) -> None:
        """Close every connection: commands under way and subscriptions fail with `reason`."""
        self.void = self.void or reason
        for connection in [*self._admitted, *self._live]:
            with suppress(*FAILURES):
                await connection.disconnect(nowait=True)

    async def leave(self) -> None:
        """Close every connection, because another server answers at this address now."""
        self._cause = Failure.MOVED
        await self.retire(MOVED)

    async def close(self) -> None:
        """Close every connection for good."""
        await self.retire("closed")
        with suppress(*FAILURES):
            await self._pool.aclose()

    async def failure(self, what: str, error: Exception) -> LinkError:
        """Return what `error`, one of FAILURES, means; close connections that it makes doubtful."""
        if self.void:
            return LinkDownError(f"{what}: {self.void}", self._cause)
        if not isinstance(error, ResponseError) or isinstance(error, ReadOnlyError):
            # Only an answer proves that the connections are sound, unless it says that the master has moved.
            await self.refresh()
        return link_error(what, error, self.standing.has_answered)

    async def _admit(self, connection: Connection) -> None:
        """Set up a new connection, and refuse it if it leads to another server than the others."""
        self._admitted.discard(connection)
        about = await _introduced(connection)
        if self._master_only and about.get("role", "master") != "master":
            raise RedisConnectionError(f"{_name(connection)} {NO_MASTER}")
        # Servers that only speak Redis's protocol may have no run id.
        run_id = about.get("run_id") or about.get("master_replid", "")
        if not any(_is_open(other) for other in self._admitted):
            self._run_id = run_id
        elif run_id != self._run_id:
            await self.leave()
        if self.void:
            raise RedisConnectionError(self.void)
        self.standing.run_ids[self._host] = run_id
        self._admitted.add(connection)


async def _introduced(connection: Connection) -> dict[str, str]:
    """Log in to the server of a new connection, and return what it says about itself."""
    reader = connection._reader
    try:
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        await connection.send_command("INFO", "replication")
        return _fields(await connection.read_response()) | _fields(await connection.read_response())
    except RedisConnectionError as error:
        if failure_of(error) is Failure.CLOSED and reader is not None:
            _say_why(reader)
        raise


def _say_why(reader: asyncio.StreamReader) -> None:
    """Raise what a server said before it closed a new connection, such as that it has too many."""
    # A reader whose connection broke on writing gives nothing any more, although it has it.
    said = bytes(getattr(reader, "_buffer", b"")).partition(b"\r\n")[0]
    if said.startswith(b"-"):
        raise RedisConnectionError(said[1:].decode("utf-8", "replace"))


def _is_open(connection: Connection) -> bool:
    """Tell whether a connection is one still, as far as this side knows."""
    reader = connection._reader
    return reader is not None and reader.exception() is None and not reader.at_eof()


def _fields(info: bytes | str) -> dict[str, str]:
    text = info.decode("utf-8", "replace") if isinstance(info, bytes) else info
    return {name: value for name, colon, value in (line.partition(":") for line in text.split()) if colon}


def _name(connection: Connection) -> str:
    return f"{connection.host}:{connection.port}" if hasattr(connection, "host") else "the server"
