"""Commands to one Redis: what comes back, and what a failure is called."""

import errno
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.asyncio import Connection

from tests.support.ports import free_port
from tests.support.servers import PrivateValkey
from tickcast.runtime.redis import blocking
from tickcast.runtime.redis.address import AddressError
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import LinkDownError, LinkRefusedError


@pytest.fixture
async def client(private_valkey: PrivateValkey) -> AsyncIterator[RedisClient]:
    found = RedisClient(private_valkey.url, None, timeout=2.0)
    yield found
    await found.close()


async def test_commands_of_a_transaction_are_answered_together(client: RedisClient) -> None:
    await client.execute("key", "SET", "key", 1)
    assert await client.transaction("key", "both", [("GET", "key"), ("EXISTS", "none")]) == [b"1", 0]


async def test_a_script_runs_whether_redis_knows_it_or_not(
    client: RedisClient, private_valkey: PrivateValkey
) -> None:
    source = "return {KEYS[1], ARGV[1]}"
    assert await client.script(source, ["key"], [7]) == [b"key", b"7"]
    with redis.Redis.from_url(private_valkey.url) as other:
        other.script_flush()
    assert await client.script(source, ["key"], [8]) == [b"key", b"8"]


async def test_what_redis_answers_with_an_error_is_named_by_its_command(client: RedisClient) -> None:
    await client.execute("key", "SET", "key", 1)
    with pytest.raises(LinkDownError, match="HGETALL: WRONGTYPE"):
        await client.execute("key", "HGETALL", "key")
    with pytest.raises(LinkDownError, match=r"looking: .*WRONGTYPE"):
        await client.transaction("key", "looking", [("HGETALL", "key")])


async def test_a_wrong_password_is_a_refusal(
    client: RedisClient, private_valkey: PrivateValkey, tmp_path: Path
) -> None:
    with redis.Redis.from_url(private_valkey.url) as other:
        other.config_set("requirepass", "right")
    with pytest.raises(LinkRefusedError, match="Redis refuses access"):
        await client.execute("key", "GET", "key")
    (tmp_path / "password").write_text("wrong", "utf-8")
    wrong = RedisClient(private_valkey.url, tmp_path / "password", timeout=2.0)
    with pytest.raises(LinkRefusedError, match="Redis refuses access"):
        async with (await wrong.subscriptions({"channel": 1}))[0]:
            pass
    await wrong.close()


async def test_every_break_of_a_subscription_is_an_error(
    client: RedisClient, private_valkey: PrivateValkey
) -> None:
    (subscription,) = await client.subscriptions({"one": 1, "two": 2})
    async with subscription as messages:
        await client.execute("two", client.publish_command, "two", b"text")
        assert await anext(messages) == (2, b"text")
        with redis.Redis.from_url(private_valkey.url) as other:
            other.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        with pytest.raises(LinkDownError, match="subscription"):
            await anext(messages)


@pytest.mark.parametrize("url", ["http://host", "redis://host?socket_timeout=1", "sentinel://host"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(LinkRefusedError, match="not a Redis address"):
        RedisClient(url, None, timeout=1.0)


def test_a_program_without_a_loop_can_ask_one_question(private_valkey: PrivateValkey) -> None:
    assert blocking.ask(private_valkey.url, "PING")
    assert blocking.ask(private_valkey.url, "HGETALL", "none") == {}
    with pytest.raises(AddressError):
        blocking.ask("nonsense://", "PING")
    with pytest.raises(LinkDownError, match="PING"):
        blocking.ask(f"redis://127.0.0.1:{free_port()}", "PING")


@contextmanager
def no_file_more() -> Iterator[None]:
    """This process can open nothing, neither file nor socket."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_a_process_without_files_gets_a_link_error_and_no_crash(client: RedisClient) -> None:
    await client.execute("key", "SET", "key", 1)
    (subscription,) = await client.subscriptions({"channel": 1})
    with no_file_more(), pytest.raises(LinkDownError, match=r"subscription.*file"):
        async with subscription:
            pass
    other = client.twin()
    with no_file_more(), pytest.raises(LinkDownError, match=r"GET.*file"):
        await other.execute("key", "GET", "key")
    assert await other.execute("key", "GET", "key") == b"1"
    await other.close()
    (again,) = await client.subscriptions({"channel": 1})
    async with again:
        assert await client.execute("key", "GET", "key") == b"1"


async def test_a_connection_reads_no_file_of_the_library(
    private_valkey: PrivateValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file() -> str:
        raise OSError(errno.EMFILE, "Too many open files")

    client = RedisClient(private_valkey.url, None, timeout=2.0)
    monkeypatch.setattr("redis.utils.get_lib_version", no_file)
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription:
        assert await client.execute("key", "SET", "key", 1)
    await client.close()


async def test_a_connection_that_is_closed_while_a_command_is_sent_is_a_break_and_no_crash(
    client: RedisClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.execute("key", "SET", "key", 1)

    async def closed_under_way(connection: Connection, *_: Any, **__: Any) -> None:
        # Another task finds that the address leads to another server; redis-py then says this.
        await connection.disconnect(nowait=True)
        raise AttributeError("'NoneType' object has no attribute 'writelines'")

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "send_packed_command", closed_under_way)
        with pytest.raises(LinkDownError):
            await client.execute("key", "GET", "key")
        with pytest.raises(LinkDownError):
            await client.transaction("key", "one", [("GET", "key")])
    assert await client.execute("key", "GET", "key") == b"1"
