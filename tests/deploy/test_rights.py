"""What each program may ask of Redis: the users that deploy/secrets/make.sh makes, in a real server."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

import tickcast
from tests.support.servers import PrivateValkey
from tickcast.gateway.feed.client import FeedClient
from tickcast.publisher.broker import Broker
from tickcast.publisher.http.inboxes import Inboxes
from tickcast.publisher.http.ticks import Checked
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.inbox import encode_entry
from tickcast.wire.names import MAIN as names
from tickcast.wire.scripts import HAND_IN

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


@pytest.mark.parametrize("program", ["gateway", "publisher"])
async def test_a_program_may_ask_the_server_for_its_time_and_who_it_is(
    guarded: PrivateValkey, secrets: Path, program: str
) -> None:
    file = secrets / program / "redis_password"
    client = RedisClient(f"redis://{program}@127.0.0.1:{guarded.port}", file, 2.0, writes=True)
    assert len(await client.execute("any", "TIME")) == 2
    assert (await client.execute("any", "INFO", "server"))["run_id"]
    await client.close()


async def test_a_publisher_hands_in_what_comes_over_http(guarded: PrivateValkey, secrets: Path) -> None:
    file = secrets / "publisher/redis_password"
    broker = Broker(f"redis://publisher@127.0.0.1:{guarded.port}", file)
    inboxes, line = Inboxes(broker, 4000), b'{"S":"A","p":1}'
    for _ in range(2):
        await inboxes.hand_in(Checked({1: [line]}), await inboxes.begin("key", line, 2))
    assert [int(each or 0) for each in await broker.read_fields(names.held(1), ["all"])] == [150]
    await broker.close()


def test_the_server_user_loads_a_new_list_of_users(secrets: Path) -> None:
    users = secrets / "redis/users.acl"
    # The default user of the test's own server starts and asks it.
    new = "".join(line for line in users.read_text("ascii").splitlines(True) if "default" not in line)
    users.write_text(new.replace(" +time +info", ""), "ascii")
    passwords = {
        name: (secrets / folder / "redis_password").read_text()
        for name, folder in (("server", "redis"), ("gateway", "gateway"))
    }
    with PrivateValkey(aclfile=str(users)) as server:
        server_user, gateway = (
            redis.Redis(port=server.port, username=name, password=passwords[name])
            for name in ("server", "gateway")
        )
        with server_user, gateway:
            with pytest.raises(redis.exceptions.NoPermissionError):
                gateway.time()
            users.write_text(new, "ascii")
            assert server_user.execute_command("ACL", "LOAD")
            assert gateway.time()


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


async def test_a_producer_hands_in_and_learns_the_number_of_partitions(
    guarded: PrivateValkey, secrets: Path
) -> None:
    file = secrets / "producer/redis_password"
    client = RedisClient(f"redis://producer@127.0.0.1:{guarded.port}", file, 2.0, writes=True)
    entry = encode_entry(ticks=[b"{}"], by="feeder", number=1)
    for _ in range(2):
        answer = await client.script(HAND_IN, [names.inbox(1)], [4000, *entry])
        assert answer[0] == b"ok"
    assert await client.script(HAND_IN, [names.inbox(1)], [500, *entry]) == [b"full", 282, b"producer"]
    await client.execute(names.inbox(1), "XADD", names.inbox(1), "*", *entry)
    await client.execute(names.meta(0), "HMGET", names.meta(0), "partitions", "case")
    await client.close()


@pytest.mark.parametrize("user", ["producer", "publisher"])
async def test_who_hands_in_may_wait_for_replicas(guarded: PrivateValkey, secrets: Path, user: str) -> None:
    file = secrets / user / "redis_password"
    client = RedisClient(f"redis://{user}@127.0.0.1:{guarded.port}", file, 0.5, writes=True)
    args = [4000, *encode_entry(ticks=[b"{}"])]
    with pytest.raises(LinkError) as caught:
        await client.script_on_replicas(HAND_IN, [names.inbox(1)], args, 1)
    assert caught.value.failure is Failure.NOT_COPIED
    await client.close()


async def test_a_producer_publishes_with_the_python_client(
    guarded: PrivateValkey, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKCAST_REDIS_PASSWORD_FILE", str(secrets / "producer/redis_password"))
    password = (secrets / "publisher/redis_password").read_text()
    with redis.Redis(port=guarded.port, username="publisher", password=password) as leader:
        leader.hset(names.meta(0), mapping={"partitions": 1, "case": "upper"})
        async with tickcast.Publisher(f"redis://producer@127.0.0.1:{guarded.port}") as publisher:
            await publisher.publish("AAPL", price=1)
        assert leader.xlen(names.inbox(0)) == 1


@pytest.mark.parametrize(
    "command",
    [
        ("XADD", names.log(0), "*", "b", "x"),
        ("XTRIM", names.inbox(0), "MAXLEN", 0),
        ("XRANGE", names.inbox(0), "-", "+"),
        ("DEL", names.inbox(0)),
        ("HSET", names.producers(0), "a", "1"),
        ("HGETALL", names.last(0)),
        ("HSET", names.meta(0), "in", "1-1"),
        ("HGETALL", names.meta(1)),
        ("EVAL", "return redis.call('DEL', KEYS[1])", 1, names.inbox(0)),
        ("EVAL", "return redis.call('HGETALL', '{tickcast:main:0}:last')", 1, names.inbox(0)),
        ("EVAL", "return redis.call('PUBLISH', 'a', 'b')", 1, names.inbox(0)),
        ("PUBLISH", names.live(0), "forged"),
        ("SET", "other", "1"),
    ],
    ids=str,
)
async def test_a_producer_may_do_nothing_else(
    guarded: PrivateValkey, secrets: Path, command: tuple[str | int, ...]
) -> None:
    file = secrets / "producer/redis_password"
    client = RedisClient(f"redis://producer@127.0.0.1:{guarded.port}", file, 2.0, writes=True)
    await client.execute("any", "PING")
    with pytest.raises(LinkError, match=r"(?i)permission|can't run this command"):
        await client.execute("any", *map(str, command))
    await client.close()


def test_nobody_does_anything_without_a_password(guarded: PrivateValkey) -> None:
    with redis.Redis.from_url(guarded.url) as client, pytest.raises(redis.ResponseError, match=r"(?i)perm"):
        client.get("x")


def test_passwords_beside_the_script_are_taken_once_and_no_password_is_changed(tmp_path: Path) -> None:
    given, target = tmp_path / "given", tmp_path / "target"
    for folder in (given / "gateway", *(target / name for name in ("gateway", "publisher", "redis"))):
        folder.mkdir(parents=True)
    script = given / "make.sh"
    script.write_text(MAKE.read_text("utf-8"), "utf-8")
    held = []
    for password in ("first", "second"):
        (given / "gateway/redis_password").write_text(password)
        subprocess.run(["sh", str(script), str(target)], check=True, capture_output=True)
        held.append(
            [(target / name / "redis_password").read_text() for name in ("gateway", "publisher", "redis")]
        )
    assert held[0] == held[1]
    assert held[0][0] == "first"
    assert all(len(password) == 64 for password in held[0][1:])
