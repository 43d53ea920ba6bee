"""Sentinels with passwords: they get what is set for them, and never the password for Redis."""

import asyncio
from pathlib import Path

import pytest

from tests.deploy.guarded import make_secrets
from tests.support.redundant import SERVICE, Node
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import Failure, LinkError, LinkRefusedError
from tickcast.runtime.redis.security import LinkSecurity

TIMEOUT = 3.0


def security(secrets: Path, user: str = "gateway") -> LinkSecurity:
    return LinkSecurity(sentinel_user=user, sentinel_password_file=secrets / "gateway/sentinel_password")


def guarded_sentinel(secrets: Path, master: int = 7) -> Node:
    return Node(
        f"sentinel monitor {SERVICE} 127.0.0.1 {master} 1",
        f"aclfile {secrets}/redis/sentinels.acl",
        sentinel=True,
    )


async def test_a_sentinel_names_the_master_to_who_logs_in_with_what_is_set_for_sentinels(
    tmp_path: Path,
) -> None:
    secrets = make_secrets(tmp_path)
    file = secrets / "gateway/redis_password"
    with (
        Node(f"aclfile {secrets / 'redis/users.acl'}") as master,
        guarded_sentinel(secrets, master.port) as sentinel,
    ):
        url = f"sentinel://gateway@127.0.0.1:{sentinel.port}/{SERVICE}"
        client = RedisClient(url, file, TIMEOUT, security=security(secrets))
        assert await client.execute("{tickcast:main:0}:meta", "HGETALL", "{tickcast:main:0}:meta") == {}
        await client.close()
        for given in (
            LinkSecurity(),
            security(secrets, user="nobody"),
            LinkSecurity(sentinel_user="gateway", sentinel_password_file=file),
        ):
            client = RedisClient(url, file, TIMEOUT, security=given)
            with pytest.raises(LinkRefusedError) as caught:
                await client.execute("any", "PING")
            assert caught.value.failure is Failure.SENTINEL_LOGIN
            assert "TICKCAST_SENTINEL_PASSWORD_FILE" in caught.value.hint
            await client.close()


@pytest.mark.parametrize("program", ["publisher", "gateway", "producer", "operator"])
def test_a_program_may_ask_a_sentinel_for_the_master_and_change_nothing(tmp_path: Path, program: str) -> None:
    secrets = make_secrets(tmp_path)
    password = (secrets / program / "sentinel_password").read_text()
    with guarded_sentinel(secrets) as sentinel, sentinel.logged_in(program, password) as client:
        assert client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE) == [b"127.0.0.1", b"7"]
        for command in (
            *(f"SENTINEL {word} {SERVICE}" for word in ("FAILOVER", "MASTER", "REMOVE", "RESET")),
            *("SENTINEL MONITOR x 127.0.0.1 9 1", f"SENTINEL SET {SERVICE} quorum 9"),
            *("SENTINEL CONFIG GET *", "SENTINEL MASTERS", "ACL LIST", "SHUTDOWN", "CLIENT LIST", "INFO"),
            *("SUBSCRIBE __sentinel__:hello", "PUBLISH __sentinel__:hello x"),
        ):
            with pytest.raises(Exception, match="permission"):
                client.execute_command(*command.split())


def test_without_a_password_a_sentinel_says_nothing(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path)
    with guarded_sentinel(secrets) as sentinel:
        with pytest.raises(Exception, match="permission"):
            sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        with pytest.raises(Exception, match="permission"):
            sentinel.ask("SENTINEL", "SET", SERVICE, "quorum", "9")


@pytest.mark.parametrize("is_set", [False, True])
async def test_what_stands_in_a_sentinels_place_never_hears_the_password_for_redis(
    tmp_path: Path, is_set: bool
) -> None:
    secrets = make_secrets(tmp_path)
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            heard.extend(data)
            writer.write(b"+OK\r\n" * max(1, data.count(b"*")))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = RedisClient(
        f"sentinel://gateway:in-the-address@127.0.0.1:{port}/{SERVICE}",
        secrets / "gateway/redis_password",
        TIMEOUT,
        security=security(secrets) if is_set else LinkSecurity(),
    )
    with pytest.raises(LinkError):
        await client.execute("any", "PING")
    await client.close()
    server.close()
    await server.wait_closed()
    assert b"SENTINEL" in heard
    assert b"in-the-address" not in heard
    assert (secrets / "gateway/redis_password").read_bytes() not in heard
    assert ((secrets / "gateway/sentinel_password").read_bytes() in heard) == is_set


async def test_a_new_password_for_sentinels_is_read_at_the_next_question(tmp_path: Path) -> None:
    secrets = make_secrets(tmp_path)
    file = tmp_path / "changing"
    file.write_text("wrong")
    with (
        Node(f"aclfile {secrets / 'redis/users.acl'}") as master,
        guarded_sentinel(secrets, master.port) as sentinel,
    ):
        client = RedisClient(
            f"sentinel://gateway@127.0.0.1:{sentinel.port}/{SERVICE}",
            secrets / "gateway/redis_password",
            TIMEOUT,
            security=LinkSecurity(sentinel_user="gateway", sentinel_password_file=file),
        )
        with pytest.raises(LinkRefusedError):
            await client.execute("any", "PING")
        file.write_text((secrets / "gateway/sentinel_password").read_text())
        assert await client.execute("any", "PING")
        await client.close()
