"""A subscription at one server, over a bare connection.

redis-py's PubSub reconnects silently and loses what was published meanwhile, and its sharded one
stalls with a sick node. Here every break is an error: each can be a hole in what was published.
"""

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

from redis.asyncio import Connection
from redis.exceptions import ConnectionError as RedisConnectionError

from tickcast.runtime.redis.mends import mended
from tickcast.runtime.redis.recognition import FAILURES
from tickcast.runtime.redis.server import Server

T = TypeVar("T")

_MOVED = "the cluster has moved a channel to another node"


@asynccontextmanager
async def subscribed(
    server: Server, channels: Mapping[str, T], sharded: bool
) -> AsyncIterator[AsyncIterator[tuple[T, bytes]]]:
    """Subscribe over a new connection; gives (value of the channel, message) as they come.

    All channels are confirmed when the context is entered; the messages end with LinkError when the
    connection breaks. Raises LinkError.
    """
    by_name = {channel.encode("ascii"): value for channel, value in channels.items()}
    try:
        connection = server.open_live(channels)
    except FAILURES as error:
        raise await server.failure("subscription", error) from error
    try:
        try:
            with mended():
                await _subscribe(connection, by_name, sharded)
            server.standing.has_answered = True
        except FAILURES as error:
            raise await server.failure("subscription", error) from error
        yield _messages(server, connection, by_name)
    finally:
        await server.close_live(connection)


async def _subscribe(connection: Connection, channels: Mapping[bytes, T], sharded: bool) -> None:
    await connection.connect()  # type: ignore[no-untyped-call]
    # A command may name channels of one slot only.
    for names_together in [[name] for name in channels] if sharded else [[*channels]]:
        await connection.send_command("SSUBSCRIBE" if sharded else "SUBSCRIBE", *names_together)
    confirmed = 0
    while confirmed < len(channels):
        # Messages that come before the last confirmation are dropped: the caller finds them in the log,
        # which it reads next.
        reply = await connection.read_response(disable_decoding=True)
        if reply[0] == b"sunsubscribe":
            raise RedisConnectionError(_MOVED)
        confirmed += reply[0] in (b"subscribe", b"ssubscribe")


async def _messages(
    server: Server, connection: Connection, channels: Mapping[bytes, T]
) -> AsyncIterator[tuple[T, bytes]]:
    try:
        with mended():
            while True:
                message = await connection.read_response(disable_decoding=True, timeout=math.inf)
                if not isinstance(message, list) or len(message) != 3:
                    continue
                if message[0] in (b"message", b"smessage"):
                    yield channels[message[1]], message[2]
                elif message[0] == b"sunsubscribe":
                    raise RedisConnectionError(_MOVED)
    except FAILURES as error:
        raise await server.failure("subscription", error) from error
