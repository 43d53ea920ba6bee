"""What a gateway may ask of Redis."""

from pathlib import Path

import pytest

from tests.deploy.guarded import Guarded, guarded_redis, make_secrets
from tests.gateway.pair import two_gateways
from tests.support.changing import open_stream, patch
from tests.support.programs import running_publisher
from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.gateway_list import BUCKETS, WORK
from tickcast.wire.names import MAIN as names


def feed_client(server: Guarded) -> FeedClient:
    return FeedClient(server.url_of("gateway"), server.password_file("gateway"))


async def test_with_a_redis_of_their_own_gateways_write_nothing_where_the_feed_is(
    tmp_path: Path, valkey_url: str
) -> None:
    apart = make_secrets(tmp_path, TICKCAST_CONTROL_URL="redis://control")
    with guarded_redis("valkey", apart) as server:
        password = server.password_file("publisher").read_text()
        publisher = f"redis://publisher:{password}@127.0.0.1:{server.port}"
        feed = server.url_of("gateway")
        given = {
            "redis_password_file": server.password_file("gateway"),
            "control_url": valkey_url,
            "cluster_key_file": apart / "gateway/cluster_key",
        }
        async with (
            running_publisher(publisher, symbols=5, rate=50),
            two_gateways(feed, **given) as (one, other),
            open_stream(one.url) as (_, stream_id),
        ):
            assert (await patch(other.url, stream_id, {"add": ["A"]})).status_code == 200
        denied = feed_client(server)
        for command in (("HSET", names.gateways(), "x", "y"), ("PUBLISH", names.gateway("one"), "x")):
            with pytest.raises(LinkError, match=r"(?i)permission"):
                await denied.ask(*command)
        await denied.close()


async def test_a_gateway_may_talk_to_gateways_and_list_itself(guarded: Guarded) -> None:
    client = feed_client(guarded)
    async with client.subscribed({names.gateway("one"): 1}) as messages:
        assert await client.publish(names.gateway("one"), b"hello") == 1
        assert await anext(aiter(messages)) == (1, b"hello")
    await client.ask("HSET", names.gateways(), "one", "{}")
    await client.ask("EXPIRE", names.gateways(), 60)
    await client.ask("HDEL", names.gateways(), "one")
    await client.ask("HGETALL", names.gateways())
    for what in (*BUCKETS, WORK):
        key = names.uses(what)
        await client.transaction(
            "uses", ("HSET", key, "part", 1), ("EXPIRE", key, 60), ("HSTRLEN", key, "part")
        )
        await client.ask("HMGET", key, "part")
        await client.ask("HKEYS", key)
        await client.ask("MEMORY USAGE", key, "SAMPLES", 0)
        await client.ask("HDEL", key, "part")
    await client.close()


@pytest.mark.parametrize(
    "command",
    [
        ("PUBLISH", names.live(0), "forged"),
        ("SPUBLISH", names.live(0), "forged"),
        ("HSET", names.last(0), "A", "{}"),
        ("DEL", names.gateways()),
        ("DEL", names.uses(WORK)),
        ("HSET", names.uses("one"), "part", "1"),
        ("HSET", names.uses("00"), "part", "1"),
        ("HSET", names.revoked(), "A", "1"),
        ("HSET", names.meta(0), "epoch", "x"),
        ("XADD", names.inbox(0), "*", "d", "x"),
        ("XADD", names.orders(0), "*", "r", "A"),
        ("SET", names.lease(0), "me"),
        ("EVAL", "return redis.call('DEL', KEYS[1])", 1, names.log(0)),
        ("EVALSHA", "0" * 40, 0),
        ("PSUBSCRIBE", "*"),
        ("SUBSCRIBE", "other"),
        ("GET", "other"),
        ("DEL", names.log(0)),
        ("XADD", names.log(0), "*", "b", "x"),
        ("EXPIRE", names.log(0), 1),
        ("SET", "other", "1"),
        ("FLUSHALL", "SYNC"),
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)
async def test_a_gateway_may_write_nothing_else(guarded: Guarded, command: tuple[str | int, ...]) -> None:
    client = feed_client(guarded)
    with pytest.raises(LinkError, match=r"(?i)permission"):
        await client.ask(*command)
    await client.close()
