"""`tickcast feeds`: what a Redis holds, and the removal of a feed, of the old form too."""

import asyncio

import pytest
import redis
from typer.testing import CliRunner

from tests.support.eventually import eventually
from tests.support.programs import running_publisher
from tests.support.redundant import redis_cluster
from tickcast.cli import feeds as module
from tickcast.cli.main import app
from tickcast.wire.names import FeedNames

ODDS = FeedNames("odds")
OLD = ("{tickcast:0}:meta", "{tickcast:1}:last", "{tickcast:0}:bars:A 1s")


def tickcast(url: str, *words: str) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["feeds", "--redis-url", url, *words], terminal_width=200)
    return ran.exit_code, ran.output or str(ran.exception)


def fill(client: "redis.Redis[bytes]") -> None:
    for key in OLD:
        client.hset(key, "epoch", "x")
    client.hset(ODDS.meta(0), mapping={"source": "stdin", "sent": "1795384800123456", "symbols": "2"})
    client.hset(ODDS.meta(1), mapping={"symbols": "3"})
    client.rpush(ODDS.bar_list(1, b"\xff 1s"), "{}")
    client.set("{tickcast:Odds:0}:meta", "not a feed of ours")


def test_feeds_are_listed_and_removed_with_all_keys(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    with redis.Redis.from_url(redis_url) as client:
        fill(client)
        _, listed = tickcast(redis_url)
        rows = [" ".join(line.split()) for line in listed.splitlines()]
        assert any(row.startswith("(old form) 2 0") for row in rows), rows
        assert any(row.startswith("odds 2 5 stdin") and row.endswith("nobody") for row in rows), rows
        assert tickcast(redis_url, "remove", "odds", "--yes") == (0, "removed 3 keys\n")
        assert sorted(client.keys()) == sorted([*map(str.encode, OLD), b"{tickcast:Odds:0}:meta"])
        assert tickcast(redis_url, "remove", "--old", "--yes") == (0, "removed 3 keys\n")
        assert client.keys() == [b"{tickcast:Odds:0}:meta"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("remove", "none", "--yes"), "Redis holds no feed called none"),
        (("remove", "--old", "--yes"), "Redis holds no feed of the old form"),
        (("remove", "--yes"), "name the feed to remove"),
        (("remove", "a", "--old"), "name the feed to remove"),
    ],
)
def test_what_cannot_be_removed_is_said(valkey_url: str, words: tuple[str, ...], says: str) -> None:
    code, output = tickcast(valkey_url, *words)
    assert code
    assert says in output


def test_nothing_is_removed_without_a_yes(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(ODDS.meta(0), "symbols", "1")
        ran = CliRunner().invoke(app, ["feeds", "--redis-url", valkey_url, "remove", "odds"], input="n\n")
        assert ran.exit_code
        assert client.exists(ODDS.meta(0))


async def test_a_feed_that_somebody_leads_is_not_removed_and_old_keys_are_told(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(OLD[0], "epoch", "x")
        async with running_publisher(valkey_url, feed="odds") as publisher:
            await eventually(lambda: client.exists(ODDS.last(0)))
            code, output = await asyncio.to_thread(tickcast, valkey_url, "remove", "odds", "--yes")
            assert code
            assert "leads this feed: end its publishers first" in output
            await eventually(lambda: "tickcast feeds remove --old" in publisher.output())
        assert (await asyncio.to_thread(tickcast, valkey_url, "remove", "odds", "--yes"))[0] == 0


def test_a_feed_in_a_cluster_is_found_on_every_node() -> None:
    names = FeedNames("wide")
    with redis_cluster() as cluster:
        with redis.RedisCluster(port=cluster.masters[0].port, host="127.0.0.1") as client:
            for partition in range(16):
                client.hset(names.meta(partition), "symbols", "1")
        listed = tickcast(cluster.url)[1]
        assert any(" ".join(line.split()).startswith("wide 16 16") for line in listed.splitlines()), listed
