"""What a publisher may ask of Redis: to write all of a feed but who is revoked, and to publish batches."""

import pytest

from tests.deploy.guarded import Guarded
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.names import MAIN as names
from tickcast.wire.names import DelayedNames

late = DelayedNames("main-d15")

WRITTEN = [
    *(names.log(7), names.ended_log(7), names.last(7), names.symbols(7), names.bars(7), names.meta(7)),
    *(names.bar_list(7, b"A\t1m").decode(), names.inbox(7), names.held(7), f"{names.requests(7)}:123"),
    *(names.producers(7), names.rejects(7), names.orders(7), names.fence(7), names.lease(7)),
    *(
        names.publishers(),
        names.gateways(),
        names.uses("f"),
        names.uses("work"),
        f"{names.last(7)}:displaced:1",
    ),
    *(late.copied(7), late.clock(7)),
]


@pytest.mark.parametrize("key", WRITTEN)
async def test_a_publisher_writes_what_is_a_publishers(guarded: Guarded, key: str) -> None:
    client = guarded.client("publisher")
    await client.execute(key, "HSET", key, "a", "b")
    assert await client.script("return redis.call('HGET', KEYS[1], 'a')", [key], []) == b"b"
    await client.execute(key, "RENAME", key, f"{key}:displaced:1")
    await client.execute(key, "UNLINK", f"{key}:displaced:1")
    await client.close()


async def test_a_publisher_reads_who_is_revoked_and_publishes_batches(guarded: Guarded) -> None:
    client = guarded.client("publisher")
    assert await client.execute(names.revoked(), "HGETALL", names.revoked()) == {}
    for command in ("PUBLISH", "SPUBLISH"):
        assert await client.execute(names.live(0), command, names.live(0), "x") == 0
    await client.close()


@pytest.mark.parametrize(
    "command",
    [
        ("HSET", names.revoked(), "A", "0"),
        ("DEL", names.revoked()),
        ("EVAL", "return redis.call('DEL', KEYS[1])", 1, names.revoked()),
        ("PUBLISH", names.gateway("one"), "forged"),
        ("PUBLISH", "other", "x"),
        ("SUBSCRIBE", names.live(0)),
        ("SUBSCRIBE", names.gateway("one")),
        ("SET", "{tickcast:main:0}:other", "1"),
        ("SET", "other", "1"),
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)
async def test_a_publisher_may_do_nothing_else(guarded: Guarded, command: tuple[str | int, ...]) -> None:
    client = guarded.client("publisher")
    await client.execute("any", "PING")
    with pytest.raises(LinkError, match=r"(?i)permission") as caught:
        await client.execute("any", *map(str, command))
    assert caught.value.failure is Failure.NO_RIGHT
    await client.close()
