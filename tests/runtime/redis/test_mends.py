"""What redis-py gets wrong around a command and `mended` puts right."""

import asyncio
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tickcast.runtime.redis.mends import close_whole, mended


async def swallow() -> None:
    """Do what redis-py does before Python 3.12, when the answer and a cancellation come at once."""
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def test_a_task_that_is_cancelled_while_a_command_swallows_it_ends() -> None:
    commands: list[str] = []

    async def work() -> None:
        for command in ("first", "second"):
            with mended():
                await swallow()
            commands.append(command)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert commands == []


async def test_a_cancelled_task_may_still_send_commands_while_it_ends() -> None:
    sent: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            with mended():
                await asyncio.sleep(0)
            sent.append("release")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert sent == ["release"]


async def test_a_deadline_that_a_command_swallows_is_a_timeout() -> None:
    async def late() -> None:
        async with asyncio.timeout(0.01):
            with mended():
                await swallow()

    with pytest.raises(TimeoutError):
        await late()


async def test_a_stream_that_is_none_is_a_broken_connection_and_other_errors_stay() -> None:
    stream = None
    with pytest.raises(RedisConnectionError), mended():
        stream.write(b"")  # type: ignore[attr-defined]
    with pytest.raises(AttributeError), mended():
        object().write(b"")  # type: ignore[attr-defined]


async def test_a_client_is_closed_although_its_task_is_cancelled_meanwhile(valkey_url: str) -> None:
    client = Redis.from_url(valkey_url)
    await client.ping()
    [connection] = client.connection_pool._available_connections
    closing = asyncio.create_task(close_whole(client))
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait({closing})
    assert closing.cancelled()
    assert not connection.is_connected
