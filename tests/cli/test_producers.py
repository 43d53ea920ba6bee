"""`tickcast producers`: what each producer handed in, what was refused, and what waits."""

import redis
from typer.testing import CliRunner

from tickcast.cli.main import app
from tickcast.wire.inbox import encode_entry
from tickcast.wire.names import FeedNames
from tickcast.wire.producer import Producer, encode_producer
from tickcast.wire.scripts import HAND_IN

ODDS = FeedNames("odds")


def producers(url: str, *words: str) -> list[str]:
    """Return the lines of the answer, each with single blanks."""
    options = ["producers", "--redis-url", url, "--feed", "odds", *words]
    ran = CliRunner().invoke(app, options, terminal_width=200)
    assert ran.exit_code == 0, ran.output
    return [" ".join(line.split()) for line in ran.output.splitlines()]


def test_producers_are_listed_over_all_partitions_with_what_waits_and_why_lines_were_refused(
    redis_url: str,
) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset(ODDS.meta(0), mapping={"partitions": 2, "case": "upper"})
        for partition in range(2):
            feeder = Producer(7, (1_795_384_800_000, 0), 1200, partition, 3)
            client.hset(ODDS.producers(partition), "feeder [red]", encode_producer(feeder))
        client.eval(HAND_IN, 1, ODDS.inbox(1), 4000, *encode_entry(ticks=[b"x" * 1000], by="late"))
        client.xadd(ODDS.inbox(0), {"d": "{}"})
        for t, partition in [(5, 0), (9, 1), (7, 0)]:
            line = f'{{"t":{t},"id":"1-1","by":"feeder","line":"line {t}","reason":"because"}}'
            client.lpush(ODDS.rejects(partition), line)
    lines = producers(redis_url, "--rejects", "2")
    assert any(line.startswith("feeder [red] 2,400 1 6 - ") for line in lines), lines
    assert any(line.startswith("late 0 0 0 1.1 KiB") for line in lines), lines
    assert lines[-3:] == [
        "2 entries wait in the inbox",
        "refused, of feeder: 'line 9': because",
        "refused, of feeder: 'line 7': because",
    ]


def test_a_feed_without_producers_says_so(valkey_url: str) -> None:
    assert producers(valkey_url) == ["nothing was handed in to the feed odds yet"]
