"""Troubles of a real Valkey, each with the kind of failure that a client has to call it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.servers import PrivateValkey
from tickcast.runtime.redis.errors import Failure

Ask = Callable[..., Awaitable[Any]]
Trouble = Callable[[PrivateValkey, "redis.Redis", Ask], Awaitable[Any]]


async def full(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.config_set("maxmemory", 1)
    await ask("SET", "k", 1)


async def full_in_a_script(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.config_set("maxmemory", 1)
    await ask("EVAL", "return redis.call('SET', KEYS[1], 1)", 1, "k")


async def not_saving(server: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    # Nothing can be renamed to a folder.
    folder: Any = admin.config_get("dir")
    (Path(folder["dir"]) / "dump.rdb").mkdir()
    admin.config_set("save", "3600 1")
    admin.bgsave()
    await eventually(lambda: admin.info("persistence")["rdb_last_bgsave_status"] == "err")
    await ask("SET", "k", 1)


async def loading(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    for number in range(200):
        admin.set(str(number), "x" * 4096)
    admin.config_set("key-load-delay", 20_000)
    admin.config_set("loading-process-events-interval-bytes", 1024)
    reloading = asyncio.create_task(asyncio.to_thread(admin.execute_command, "DEBUG", "RELOAD"))
    try:
        while True:
            await ask("GET", "k")
            await asyncio.sleep(0.01)
    finally:
        with redis.Redis(connection_pool=redis.ConnectionPool(**admin.get_connection_kwargs())) as other:
            await eventually(lambda: _hurries(other))
        await reloading


def _hurries(admin: "redis.Redis") -> bool:
    try:
        return bool(admin.config_set("key-load-delay", 0))
    except redis.BusyLoadingError:
        return False


async def busy(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.config_set("busy-reply-threshold", 20)
    looping = asyncio.create_task(asyncio.to_thread(_loop, admin))
    try:
        while True:
            await ask("GET", "k")
    finally:
        admin.script_kill()
        await looping


def _loop(admin: "redis.Redis") -> None:
    with pytest.raises(redis.ResponseError):
        admin.eval("while true do end", 0)


async def a_replica(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.replicaof("127.0.0.1", free_port())
    await ask("SET", "k", 1)


async def a_replica_alone(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.replicaof("127.0.0.1", free_port())
    admin.config_set("replica-serve-stale-data", "no")
    await ask("GET", "k")


async def too_few_replicas(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.config_set("min-replicas-to-write", 3)
    await ask("SET", "k", 1)


async def a_command_denied(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.execute_command("ACL", "SETUSER", "default", "-get")
    await ask("GET", "k")


async def a_key_denied_in_a_script(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.execute_command("ACL", "SETUSER", "default", "resetkeys", "~other")
    await ask("EVAL", "return redis.call('GET', 'k')", 0)


async def no_password(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.config_set("requirepass", "right")
    await ask("GET", "k")


async def too_many(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    connected: Any = admin.info("clients")
    admin.config_set("maxclients", connected["connected_clients"])
    await ask("GET", "k")


async def wrong_type(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.set("k", 1)
    await ask("HGETALL", "k")


async def wrong_type_in_a_script(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    admin.set("k", 1)
    await ask("EVAL", "return redis.call('HGETALL', KEYS[1])", 1, "k")


async def dead(server: PrivateValkey, _: "redis.Redis", ask: Ask) -> None:
    server.kill()
    await ask("GET", "k")


async def frozen(server: PrivateValkey, _: "redis.Redis", ask: Ask) -> None:
    server.pause()
    try:
        await ask("GET", "k")
    finally:
        server.resume()


async def frozen_later(server: PrivateValkey, _: "redis.Redis", ask: Ask) -> None:
    await ask("GET", "k")
    await frozen(server, _, ask)


async def killed(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    waiting = asyncio.ensure_future(ask("BLPOP", "list", 60))
    await eventually(lambda: "blpop" in {each["cmd"] for each in admin.client_list()})
    admin.client_kill_filter(_type="normal", skipme=True)
    await waiting


async def unknown_to_us(_: PrivateValkey, admin: "redis.Redis", ask: Ask) -> None:
    await ask("EVAL", "return redis.error_reply('NEWS something')", 0)


TROUBLES: dict[Trouble, Failure] = {
    full: Failure.FULL,
    full_in_a_script: Failure.FULL,
    not_saving: Failure.NOT_SAVING,
    loading: Failure.LOADING,
    busy: Failure.BUSY,
    a_replica: Failure.REPLICA,
    a_replica_alone: Failure.NO_MASTER_LINK,
    too_few_replicas: Failure.NO_REPLICAS,
    a_command_denied: Failure.NO_RIGHT,
    a_key_denied_in_a_script: Failure.NO_RIGHT,
    no_password: Failure.NO_PASSWORD,
    too_many: Failure.CROWDED,
    wrong_type: Failure.WRONG_TYPE,
    wrong_type_in_a_script: Failure.WRONG_TYPE,
    dead: Failure.REFUSED,
    frozen: Failure.SILENT,
    frozen_later: Failure.SILENT,
    killed: Failure.CLOSED,
    unknown_to_us: Failure.OTHER,
}
