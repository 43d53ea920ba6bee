"""What each program may ask of Redis: the users that deploy/secrets/make.sh makes, in a real server."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support.servers import PrivateValkey
from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire import names

MAKE = Path(__file__).parents[2] / "deploy/secrets/make.sh"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder of passwords and users."""
    for program in ("gateway", "publisher", "redis"):
        (tmp_path / program).mkdir()
    subprocess.run(["sh", str(MAKE), str(tmp_path)], check=True, capture_output=True)
    return tmp_path


@pytest.fixture
def guarded(secrets: Path) -> Iterator[PrivateValkey]:
    """A Redis with these users."""
    with PrivateValkey() as server:
        with redis.Redis.from_url(server.url) as client:
            # The user who makes the others is the last to lose its rights.
            for line in reversed((secrets / "redis/users.acl").read_text("ascii").splitlines()):
                assert client.execute_command("ACL", "SETUSER", *line.split()[1:])
        yield server


def client_of(guarded: PrivateValkey, secrets: Path, program: str) -> FeedClient:
    return FeedClient(f"redis://{program}@127.0.0.1:{guarded.port}", secrets / program / "redis_password")


async def test_a_gateway_may_talk_to_gateways_and_list_itself(guarded: PrivateValkey, secrets: Path) -> None:
    client = client_of(guarded, secrets, "gateway")
    async with client.subscribed({names.gateway("one"): 1}) as messages:
        assert await client.publish(names.gateway("one"), b"hello") == 1
        assert await anext(aiter(messages)) == (1, b"hello")
    await client.ask("HSET", names.gateways(), "one", "{}")
    await client.ask("EXPIRE", names.gateways(), 60)
    await client.ask("HDEL", names.gateways(), "one")
    await client.ask("HGETALL", names.gateways())
    await client.close()


@pytest.mark.parametrize(
    "command",
    [
        ("PUBLISH", names.live(0), "forged"),
        ("SPUBLISH", names.live(0), "forged"),
        ("HSET", names.last(0), "A", "{}"),
        ("DEL", names.gateways()),
        ("DEL", names.log(0)),
        ("XADD", names.log(0), "*", "b", "x"),
        ("EXPIRE", names.log(0), 1),
        ("SET", "other", "1"),
        ("FLUSHALL", "SYNC"),
    ],
    ids=lambda command: command[0],
)
async def test_a_gateway_may_write_nothing_else(
    guarded: PrivateValkey, secrets: Path, command: tuple[str, ...]
) -> None:
    client = client_of(guarded, secrets, "gateway")
    with pytest.raises(LinkError, match=r"(?i)permission"):
        await client.ask(*command)
    await client.close()


def test_nobody_does_anything_without_a_password(guarded: PrivateValkey) -> None:
    with redis.Redis.from_url(guarded.url) as client, pytest.raises(redis.ResponseError, match=r"(?i)perm"):
        client.get("x")
