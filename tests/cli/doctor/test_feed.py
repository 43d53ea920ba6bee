"""Faults of a feed and its publisher, planted and found by name; and silence where there are none."""

import os
import signal

import pytest
import redis

from tests.cli.doctor.examined import examined, names, wrong
from tests.support.eventually import eventually
from tests.support.programs import running_publisher
from tickcast.cli.doctor.feed import judge_clock, judge_feed, judge_symbols
from tickcast.cli.doctor.finding import Level
from tickcast.cli.doctor.redis_facts import Partition, RedisFacts
from tickcast.wire.names import MAIN

NOW = 1_795_384_800_000_000
FRESH = Partition(NOW, 10, "a", False)


def facts(*partitions: Partition, publishers: int = 0, ahead: float = 0.0) -> RedisFacts:
    return RedisFacts([], NOW + 500_000, ahead, list(partitions), publishers)


def found(given: RedisFacts) -> set[str]:
    return {each.name for each in judge_feed(given, "main") if each.level is not Level.OK}


async def test_a_feed_that_nobody_has_written_is_found(valkey_url: str) -> None:
    report = await examined(valkey_url)
    assert "feed-written" in wrong(report)
    assert {"feed-leader", "feed-age"} <= names(report, Level.UNCHECKED)


async def test_a_publisher_that_runs_is_healthy_one_that_has_ended_is_found(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        async with running_publisher(valkey_url, symbols=3, partitions=2):
            await eventually(lambda: client.exists(MAIN.last(0)))
            report = await examined(valkey_url)
            assert not {each for each in wrong(report) if each.startswith(("feed-", "redis-"))}
            assert names(report, Level.OK) >= {"feed-leader", "feed-age", "feed-written", "clock-here"}
        await eventually(lambda: not client.exists(MAIN.lease(0)))
        assert "feed-leader" in wrong(await examined(valkey_url))


async def test_a_publisher_that_is_frozen_is_found_by_the_age_of_what_it_wrote(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        async with running_publisher(valkey_url, symbols=3) as publisher:
            await eventually(lambda: client.exists(MAIN.last(0)))
            os.kill(publisher.pid, signal.SIGSTOP)

            async def is_found() -> bool:
                return {"feed-age", "feed-leader"} <= {*wrong(await examined(valkey_url))}

            await eventually(is_found)


async def test_a_feed_whose_key_another_program_wrote_is_found(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.set(MAIN.meta(0), "spoilt")
    report = await examined(valkey_url)
    assert "wrong type" in wrong(report)["feed-written"].what
    assert "redis-connection" in names(report, Level.OK)
    assert {"feed-leader", "redis-memory"} <= names(report, Level.UNCHECKED)


async def test_too_many_symbols_are_found(valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(MAIN.meta(0), mapping={"partitions": "1", "symbols": "80000", "sent": "1"})
    report = await examined(valkey_url)
    assert wrong(report)["feed-symbols"].level is Level.WARNING


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (facts(FRESH, FRESH._replace(leader="")), set()),
        (facts(FRESH, FRESH._replace(leader=""), publishers=2), {"feed-leader"}),
        (facts(FRESH._replace(leader=""), FRESH), {"feed-leader"}),
        (facts(FRESH, FRESH._replace(sent=NOW - 9_000_000)), {"feed-age"}),
        (facts(FRESH._replace(sent=0)), {"feed-age"}),
        (facts(FRESH._replace(is_full=True)), {"feed-age"}),
        (facts(FRESH, ahead=-3.0), {"clock-here"}),
        (facts(FRESH, ahead=1.0), set()),
        (facts(), {"feed-written", "feed-leader", "feed-age", "feed-symbols"}),
    ],
)
def test_a_feed_is_judged_by_all_of_its_partitions(given: RedisFacts, wanted: set[str]) -> None:
    assert found(given) == wanted


def test_what_is_said_has_the_numbers() -> None:
    many = facts(FRESH._replace(symbols=50_000), FRESH._replace(symbols=31_000))
    assert "81,000 of at most 100,000" in judge_symbols(many).what
    assert "3.0 s ahead of" in judge_clock(3.0).what
    assert "3.0 s behind" in judge_clock(-3.0).what
