"""What may be asked of Redis by who hands in: producers, and publishers that take ticks over HTTP."""

import pytest
import redis

import tickcast
from tests.deploy.guarded import Guarded
from tickcast.publisher.broker import Broker
from tickcast.publisher.http.inboxes import Inboxes
from tickcast.publisher.http.ticks import Checked
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.inbox import encode_entry
from tickcast.wire.names import MAIN as names
from tickcast.wire.scripts import HAND_IN


async def test_a_publisher_hands_in_what_comes_over_http(guarded: Guarded) -> None:
    broker = Broker(guarded.url_of("publisher"), guarded.password_file("publisher"))
    inboxes, line = Inboxes(broker, 4000), b'{"S":"A","p":1}'
    for _ in range(2):
        await inboxes.hand_in(Checked({1: [line]}), await inboxes.begin("key", line, 2))
    assert [int(each or 0) for each in await broker.read_fields(names.held(1), ["all"])] == [150]
    await broker.close()


async def test_a_producer_hands_in_and_learns_the_number_of_partitions(guarded: Guarded) -> None:
    client = guarded.client("producer")
    entry = encode_entry(ticks=[b"{}"], by="feeder", number=1)
    for _ in range(2):
        answer = await client.script(HAND_IN, [names.inbox(1)], [4000, *entry])
        assert answer[0] == b"ok"
    assert await client.script(HAND_IN, [names.inbox(1)], [500, *entry]) == [b"full", 282, b"producer"]
    await client.execute(names.inbox(1), "XADD", names.inbox(1), "*", *entry)
    await client.execute(names.meta(0), "HMGET", names.meta(0), "partitions", "case")
    await client.close()


@pytest.mark.parametrize("user", ["producer", "publisher"])
async def test_who_hands_in_may_wait_for_replicas(guarded: Guarded, user: str) -> None:
    client = guarded.client(user, timeout=0.5)
    args = [4000, *encode_entry(ticks=[b"{}"])]
    with pytest.raises(LinkError) as caught:
        await client.script_on_replicas(HAND_IN, [names.inbox(1)], args, 1)
    assert caught.value.failure is Failure.NOT_COPIED
    await client.close()


async def test_a_producer_publishes_with_the_python_client(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TICKCAST_REDIS_PASSWORD_FILE", str(guarded.password_file("producer")))
    password = guarded.password_file("publisher").read_text()
    with redis.Redis(port=guarded.port, username="publisher", password=password) as leader:
        leader.hset(names.meta(0), mapping={"partitions": 1, "case": "upper"})
        async with tickcast.Publisher(guarded.url_of("producer")) as publisher:
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
        ("XADD", names.orders(0), "*", "r", "A"),
        ("HSET", names.revoked(), "A", "1"),
        ("SUBSCRIBE", names.live(0)),
        ("XREAD", "STREAMS", names.log(0), "0"),
        ("HGET", names.gateways(), "key"),
        ("SET", "other", "1"),
    ],
    ids=str,
)
async def test_a_producer_may_do_nothing_else(guarded: Guarded, command: tuple[str | int, ...]) -> None:
    client = guarded.client("producer")
    await client.execute("any", "PING")
    with pytest.raises(LinkError, match=r"(?i)permission|can't (?:run|access)"):
        await client.execute("any", *map(str, command))
    await client.close()
