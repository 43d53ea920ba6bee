"""Faults of Redis, planted in real servers, and found by name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import redis

from tests.cli.doctor.examined import examined, names, wrong
from tests.support.certificates import Authority
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.servers import PrivateValkey
from tests.support.tls_redis import TlsNode
from tickcast.cli.doctor.finding import Level
from tickcast.cli.doctor.redis import (
    OF_SERVERS,
    judge_clients,
    judge_eviction,
    judge_memory,
    judge_saving,
    judge_version,
)


@asynccontextmanager
async def retelling(port: int, old: bytes, new: bytes) -> AsyncIterator[str]:
    """Yield the URL of what passes on all that the Redis at a port says, with some bytes replaced."""
    assert len(old) == len(new)
    ends: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(1 << 16):
                sink.write(data.replace(old, new))
                await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, to_redis = await asyncio.open_connection("127.0.0.1", port)
        for each in (pump(reader, to_redis), pump(behind, writer)):
            ends.add(asyncio.create_task(each))

    own = free_port()
    server = await asyncio.start_server(serve, "127.0.0.1", own)
    try:
        yield f"redis://127.0.0.1:{own}/0"
    finally:
        server.close()
        await asyncio.gather(*ends)


async def test_a_redis_that_is_down_is_found_and_nothing_of_it_counts_as_healthy() -> None:
    report = await examined(f"redis://127.0.0.1:{free_port()}/0")
    assert wrong(report)["redis-connection"].level is Level.FAULT
    assert names(report, Level.UNCHECKED) >= {*OF_SERVERS, "redis-login", "redis-rights", "feed-age"}
    assert not report.is_healthy


async def test_a_redis_that_hangs_is_found(private_valkey: PrivateValkey) -> None:
    private_valkey.pause()
    try:
        found = wrong(await examined(private_valkey.url))["redis-connection"]
    finally:
        private_valkey.resume()
    assert "does not answer" in found.what


async def test_a_wrong_password_is_found(tmp_path: Path) -> None:
    wrong_file = tmp_path / "password"
    wrong_file.write_text("guessed", "ascii")
    with PrivateValkey() as server, redis.Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", "operator", "on", ">sesame", "~*", "&*", "+@all")
        url = f"redis://operator@127.0.0.1:{server.port}/0"
        report = await examined(url, redis_password_file=wrong_file)
        assert wrong(report)["redis-login"].level is Level.FAULT
        assert "sesame" not in str(report)
        assert "guessed" not in str(report)
        wrong_file.write_text("sesame", "ascii")
        assert "redis-login" in names(await examined(url, redis_password_file=wrong_file), Level.OK)


async def test_a_right_that_is_lacking_is_found_and_named(private_valkey: PrivateValkey) -> None:
    with redis.Redis.from_url(private_valkey.url) as client:
        client.execute_command("ACL", "SETUSER", "lame", "on", "nopass", "~*", "&*", "+@all", "-time")
    report = await examined(f"redis://lame:any@127.0.0.1:{private_valkey.port}/0")
    assert "+time" in wrong(report)["redis-rights"].mend


async def test_a_list_of_gateways_that_may_not_be_read_is_a_right_that_is_lacking(
    private_valkey: PrivateValkey,
) -> None:
    with redis.Redis.from_url(private_valkey.url) as client:
        keys = ("~{tickcast:main:0}:meta", "~{tickcast:main:0}:publishers")
        client.execute_command("ACL", "SETUSER", "lame", "on", "nopass", *keys, "+@all")
    report = await examined(f"redis://lame:any@127.0.0.1:{private_valkey.port}/0")
    assert "redis-rights" in wrong(report)
    assert "redis-rights" not in names(report, Level.OK)
    assert "feed-written" in wrong(report)


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
async def test_a_policy_that_drops_keys_is_found(policy: str) -> None:
    with PrivateValkey(maxmemory_policy=policy) as server:
        found = wrong(await examined(server.url))["redis-eviction"]
    assert policy in found.what


async def test_a_memory_that_is_nearly_full_is_found() -> None:
    with PrivateValkey(maxmemory="100mb", maxmemory_policy="noeviction") as server:
        assert "redis-memory" in names(await examined(server.url), Level.OK)
        with redis.Redis.from_url(server.url) as client:
            while client.info("memory")["used_memory"] < 96_000_000:  # type: ignore[index]
                client.rpush("ballast", b"x" * 500_000)
        assert wrong(await examined(server.url))["redis-memory"].level is Level.FAULT


async def test_a_redis_of_an_old_version_is_found(private_valkey: PrivateValkey) -> None:
    with redis.Redis.from_url(private_valkey.url) as client:
        version = str(client.info("server")["redis_version"]).encode()  # type: ignore[index]
    told = b"redis_version:%b" % version
    async with retelling(private_valkey.port, told, b"redis_version:5" + told[15:]) as url:
        assert "redis-version" in wrong(await examined(url))
    assert "redis-version" in names(await examined(private_valkey.url), Level.OK)


async def test_connections_that_are_nearly_used_up_are_found() -> None:
    with PrivateValkey(maxclients="40") as server:
        assert "redis-clients" in names(await examined(server.url), Level.OK)
        clients = [redis.Redis.from_url(server.url) for _ in range(36)]
        try:
            for client in clients:
                client.ping()
            assert wrong(await examined(server.url))["redis-clients"].level is Level.WARNING
        finally:
            for client in clients:
                client.close()


async def test_data_that_cannot_be_saved_are_found() -> None:
    with PrivateValkey(dbfilename="taken.rdb") as server, redis.Redis.from_url(server.url) as client:
        assert "redis-saving" in names(await examined(server.url), Level.OK)
        folder = Path(client.config_get("dir")["dir"])
        # A folder of this name is where the file should be.
        (folder / "taken.rdb" / "x").mkdir(parents=True)
        client.set("any", "thing")
        with suppress(redis.ResponseError):
            client.save()
        client.bgsave()
        await eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")  # type: ignore[index]
        assert wrong(await examined(server.url))["redis-saving"].level is Level.FAULT


async def test_a_redis_whose_certificate_nobody_here_trusts_is_found(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.sign("doctor")
    files = {"redis_cert_file": certificate, "redis_key_file": key}
    with TlsNode(authority) as node:
        url = f"rediss://localhost:{node.port}/0"
        assert "TICKCAST_REDIS_CA_FILE" in wrong(await examined(url, **files))["redis-tls"].mend
        report = await examined(url, **files, redis_ca_file=authority.certificate)
        assert {"redis-tls", "redis-connection"} & {*wrong(report)} == set()
        assert "redis-connection" in names(report, Level.OK)


@pytest.mark.parametrize(
    ("judged", "level"),
    [
        (judge_version({"redis_version": "7.0.15"}), Level.OK),
        (judge_version({"redis_version": "6.2.1"}), Level.FAULT),
        (judge_version({}), Level.UNCHECKED),
        (judge_eviction({"maxmemory_policy": "noeviction"}), Level.OK),
        (judge_eviction({}), Level.UNCHECKED),
        (judge_memory({"used_memory": "89", "maxmemory": "100"}), Level.OK),
        (judge_memory({"used_memory": "90", "maxmemory": "100"}), Level.FAULT),
        (judge_memory({"used_memory": "95", "maxmemory": "0", "total_system_memory": "100"}), Level.FAULT),
        (judge_memory({"used_memory": "95", "maxmemory": "0"}), Level.UNCHECKED),
        (judge_clients({"connected_clients": "1", "maxclients": "10"}), Level.OK),
        (judge_clients({"connected_clients": "9", "maxclients": "10"}), Level.WARNING),
        (judge_clients({"connected_clients": "9"}), Level.UNCHECKED),
        (judge_saving({"rdb_last_bgsave_status": "ok"}), Level.OK),
    ],
    ids=lambda value: "" if isinstance(value, Level) else f"{value.name}: {value.what}",
)
def test_what_is_told_is_judged_and_what_is_not_told_is_not_healthy(judged: object, level: Level) -> None:
    assert getattr(judged, "level", None) is level
