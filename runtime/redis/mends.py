"""What redis-py gets wrong where its connections are closed and its commands are cancelled, put right."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError


@contextmanager
def mended() -> Iterator[None]:
    """Wrap one command. Raises redis-py's ConnectionError where this program closed its connection meanwhile.

    redis-py then writes to a stream that is None, and the AttributeError of that would end the program.

    Raises CancelledError where the command has swallowed one: redis-py sends inside `wait_for`, which before
    Python 3.12 returns what it has, and the task that was to end goes on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    except AttributeError as error:
        if "'NoneType' object has no attribute" not in str(error):
            raise
        raise RedisConnectionError("Connection closed by this program") from error
    if task and task.cancelling() > before:
        raise asyncio.CancelledError


async def close_whole(client: Redis) -> None:
    """Close all connections of a client, also when the task is cancelled meanwhile, which is raised then.

    redis-py closes them in tasks; one that is cancelled before it begins leaves its connection open.
    """
    closing = asyncio.ensure_future(client.aclose())
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await closing
        raise
