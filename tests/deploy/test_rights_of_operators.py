"""What an operator may ask of Redis: what `tickcast symbols`, `feeds`, `producers` and `token revoke` do."""

import asyncio
import json
import subprocess
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.cli.program import tickcast
from tests.deploy.guarded import Guarded
from tests.support.eventually import eventually
from tests.support.programs import running_publisher
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.names import MAIN as names


async def ran(guarded: Guarded, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `tickcast` as the operator."""
    return await asyncio.to_thread(
        tickcast,
        *arguments,
        TICKCAST_REDIS_URL=guarded.url_of("operator"),
        TICKCAST_REDIS_PASSWORD_FILE=str(guarded.password_file("operator")),
    )


async def examined(guarded: Guarded) -> subprocess.CompletedProcess[str]:
    """Run the doctor, which finds no gateway."""
    done = await ran(guarded, "doctor", "--json", "http://127.0.0.1:9")
    assert (done.returncode, done.stderr) == (1, "")
    return done


async def run(guarded: Guarded, *arguments: str) -> str:
    """Run `tickcast` as the operator; return what it prints."""
    done = await ran(guarded, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


async def test_an_operators_commands_work_and_are_denied_nothing(guarded: Guarded) -> None:
    access: dict[str, Any] = {
        "redis_url": guarded.url_of("publisher"),
        "redis_password_file": guarded.password_file("publisher"),
    }

    async def names_a_symbol() -> bool:
        listed = (await run(guarded, "symbols", "list")).splitlines()
        return len(listed) == 2

    async with AsyncExitStack() as running:
        await running.enter_async_context(running_publisher(**access, symbols=2, rate=50, partitions=2))
        await eventually(names_a_symbol)
        first, second = (json.loads(line)["S"] for line in (await run(guarded, "symbols")).splitlines())
        assert await run(guarded, "symbols", "describe", first, "--name", "X") == f"described {first}\n"
        assert await run(guarded, "symbols", "retire", second) == f"retired {second}\n"
        assert "main" in await run(guarded, "feeds")
        assert "nothing was handed in" in await run(guarded, "producers")
        doctor = json.loads((await examined(guarded)).stdout)
        levels = {each["name"]: each["level"] for each in doctor["findings"]}
        asked = ("redis-login", "redis-rights", "redis-memory", "feed-leader", "gateways-list")
        assert {levels[name] for name in asked} == {"ok"}
        assert "are revoked" in await run(guarded, "token", "revoke", "somebody")
        assert "count again" in await run(guarded, "token", "revoke", "somebody", "--undo")
    assert "removed" in await run(guarded, "feeds", "remove", "main", "--yes")
    with guarded.overseer() as client:
        assert client.acl_log() == []


@pytest.mark.parametrize(
    "command",
    [
        ("PUBLISH", names.live(0), "forged"),
        ("SUBSCRIBE", names.live(0)),
        ("XADD", names.log(0), "*", "b", "x"),
        ("XADD", names.inbox(0), "*", "d", "x"),
        ("XTRIM", names.orders(0), "MAXLEN", 0),
        ("XDEL", names.orders(0), "1-1"),
        ("HSET", names.last(0), "A", "{}"),
        ("HSET", names.symbols(0), "A", "{}"),
        ("HSET", names.gateways(), "x", "{}"),
        ("HDEL", names.revoked(), "A"),
        ("DEL", names.revoked()),
        ("SET", names.lease(0), "me"),
        ("UNLINK", "other"),
        ("SET", "other", "1"),
        ("EVAL", "return redis.call('DEL', KEYS[1])", 1, names.log(0)),
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)
async def test_an_operator_may_do_nothing_else(guarded: Guarded, command: tuple[str | int, ...]) -> None:
    client = guarded.client("operator")
    await client.execute("any", "PING")
    with pytest.raises(LinkError, match=r"(?i)permission") as caught:
        await client.execute("any", *map(str, command))
    assert caught.value.failure is Failure.NO_RIGHT
    await client.close()
