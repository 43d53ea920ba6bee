"""The password for Redis, rotated under running connections; and TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import redis

from tests.support.certificates import make_certificate
from tests.support.redundant import redis_cluster
from tests.support.servers import PrivateValkey
from tests.support.virtual_address import VirtualAddress
from tickcast.runtime.redis import blocking
from tickcast.runtime.redis.address import Host
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import Failure, LinkDownError, LinkError, LinkRefusedError
from tickcast.runtime.redis.topology import Topology


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("old\n", "utf-8")
    return path


async def get(client: RedisClient) -> bytes:
    """Ask, after a command that may find that its connection was killed."""
    with suppress(LinkDownError):
        await client.execute("k", "GET", "k")
    answer: bytes = await client.execute("k", "GET", "k")
    return answer


def allow(server: PrivateValkey, *words: str, password: str = "") -> None:
    with redis.Redis.from_url(server.url, password=password) as admin:
        admin.execute_command("ACL", "SETUSER", "ann", "on", "~*", "&*", "+@all", *words)
        admin.client_kill_filter(_type="normal", skipme=True)


@pytest.mark.parametrize("kind", ["redis", "sentinel"])
async def test_a_new_connection_has_the_newest_password(
    private_valkey: PrivateValkey, file: Path, kind: str
) -> None:
    allow(private_valkey, ">old")
    ends = {"redis": f"ann@127.0.0.1:{private_valkey.port}", "sentinel": "ann@127.0.0.1:1/name"}
    client = RedisClient(f"{kind}://{ends[kind]}", file, 2.0)

    async def ask(_host: Host, _command: tuple[str, ...]) -> list[bytes]:
        return [b"127.0.0.1", str(private_valkey.port).encode()]

    client._topology = Topology(client.address, ask)
    await client.execute("k", "SET", "k", 1)
    allow(private_valkey, ">new")
    file.write_text("new", "utf-8")
    allow(private_valkey, "<old")
    assert await get(client) == b"1"
    (subscription,) = await client.subscriptions({"channel": 1})
    async with subscription:
        assert await client.execute("k", "GET", "k") == b"1"
    assert (
        blocking.ask(f"redis://ann@127.0.0.1:{private_valkey.port}", "GET", "k", password_file=file) == b"1"
    )
    await client.close()


async def test_a_file_that_comes_too_late_is_waited_for(private_valkey: PrivateValkey, file: Path) -> None:
    allow(private_valkey, ">old")
    client = RedisClient(f"redis://ann@127.0.0.1:{private_valkey.port}", file, 2.0)
    await client.execute("k", "SET", "k", 1)
    allow(private_valkey, ">new", "<old")
    with pytest.raises(LinkDownError) as caught:
        await get(client)
    assert caught.value.failure is Failure.WRONG_PASSWORD
    file.unlink()
    with pytest.raises(LinkDownError) as caught:
        await client.execute("k", "GET", "k")
    assert caught.value.failure is Failure.PASSWORD_FILE
    file.write_text("new", "utf-8")
    assert await client.execute("k", "GET", "k") == b"1"
    await client.close()


async def test_a_cluster_is_asked_for_its_nodes_with_the_newest_password(file: Path) -> None:
    with redis_cluster() as cluster:
        for node in cluster.masters:
            node.ask("CONFIG", "SET", "requirepass", "old")
        client = RedisClient(cluster.url, file, 2.0)
        await client.execute("k", "SET", "k", 1)
        for node in cluster.masters:
            with redis.Redis(port=node.port, password="old") as admin:
                admin.config_set("requirepass", "new")
                admin.client_kill_filter(_type="normal", skipme=True)
        file.write_text("new", "utf-8")
        assert await get(client) == b"1"
        await client.close()


async def test_nodes_that_refuse_after_a_success_are_an_outage(
    private_valkey: PrivateValkey,
) -> None:
    client = RedisClient("sentinel://127.0.0.1:1/name", None, 2.0)
    refusing = False

    async def ask(_host: Host, _command: tuple[str, ...]) -> list[bytes]:
        if refusing:
            raise LinkRefusedError("wrong", Failure.WRONG_PASSWORD)
        return [b"127.0.0.1", str(private_valkey.port).encode()]

    client._topology = Topology(client.address, ask)
    await client.execute("k", "SET", "k", 1)
    refusing = True
    client._topology.forget()
    with pytest.raises(LinkDownError) as caught:
        await client.execute("k", "GET", "k")
    assert caught.value.failure is Failure.WRONG_PASSWORD
    refusing = False
    assert await client.execute("k", "GET", "k") == b"1"
    await client.close()


def test_a_file_that_is_not_there_at_the_start_is_said(tmp_path: Path) -> None:
    with pytest.raises(LinkRefusedError, match="password cannot be read") as caught:
        RedisClient("redis://h", tmp_path / "none", 1.0)
    assert caught.value.failure is Failure.PASSWORD_FILE


@asynccontextmanager
async def encrypted(server: PrivateValkey, folder: Path) -> AsyncIterator[int]:
    """Run a port that takes TLS for a server."""
    await asyncio.to_thread(make_certificate, folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls/tickcast.crt", folder / "tls/tickcast.key")
    address = VirtualAddress(server.port)
    listening = await asyncio.start_server(address.accept, "127.0.0.1", address.port, ssl=context)
    try:
        yield address.port
    finally:
        listening.close()
        await address.end()


async def test_tls_is_checked_as_the_address_says(private_valkey: PrivateValkey, tmp_path: Path) -> None:
    async with encrypted(private_valkey, tmp_path) as port:
        for options in ("?ssl_cert_reqs=none", f"?ssl_ca_certs={tmp_path}/tls/tickcast.crt"):
            client = RedisClient(f"rediss://127.0.0.1:{port}/0{options}", None, 5.0)
            assert await client.execute("k", "EXISTS", "k") == 0
            await client.close()
        client = RedisClient(f"rediss://127.0.0.1:{port}", None, 5.0)
        with pytest.raises(LinkError) as caught:
            await client.execute("k", "EXISTS", "k")
        assert caught.value.failure is Failure.UNKNOWN_CA
        await client.close()
