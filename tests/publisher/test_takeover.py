"""The takeover by a new leader: partitions at once, and nothing in it that can wait."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.publisher.conftest import Publishing
from tests.publisher.written_log import published
from tests.support.eventually import eventually
from tickcast.publisher.scripts import MEMORY
from tickcast.publisher.takeover import AT_ONCE
from tickcast.runtime.redis.client import RedisClient
from tickcast.wire.names import MAIN as names

Start = Callable[..., Publishing]

PARTITIONS = 64
ROUND_TRIP = 0.02
"""Seconds that each command takes longer."""


class Asked(list[str]):
    """The scripts that Redis is asked to run, as they come."""

    under_way = 0
    most = 0
    """Commands under way at a time, at most."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Let Redis be far away; gives what it is asked."""
    found = Asked()
    execute, script = RedisClient.execute, RedisClient.script

    async def slow(self: RedisClient, *args: Any) -> Any:
        found.under_way += 1
        found.most = max(found.most, found.under_way)
        await asyncio.sleep(ROUND_TRIP)
        found.under_way -= 1
        return await execute(self, *args)

    async def counted(self: RedisClient, source: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        found.append(source)
        return await script(self, source, keys, args)

    monkeypatch.setattr(RedisClient, "execute", slow)
    monkeypatch.setattr(RedisClient, "script", counted)
    return found


async def test_many_partitions_of_a_redis_far_away_are_taken_over_soon(
    valkey_url: str, publishing: Start, asked: Asked
) -> None:
    publisher = publishing(valkey_url, partitions=PARTITIONS)
    publisher.feed("A", "1")
    await published(publisher, 1)
    # One after the other, a claim and seven questions of each partition would take ten seconds.
    assert asked.most >= AT_ONCE


async def test_a_server_is_asked_once_whether_it_evicts_and_ticks_do_not_wait_for_it(
    valkey_url: str, publishing: Start, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same script also tells the metrics how full Redis is, every ten seconds.
    monkeypatch.setattr("tickcast.publisher.program.watch_memory", lambda *_: asyncio.Event().wait())
    publisher = publishing(valkey_url, partitions=8)
    await eventually(lambda: MEMORY in asked)
    publisher.feed("A", "1")
    await published(publisher, 1)
    assert asked.count(MEMORY) == 1


async def test_a_source_is_told_that_another_publisher_has_led_meanwhile(
    valkey: Any, valkey_url: str, publishing: Start
) -> None:
    publisher = publishing(valkey_url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    assert publisher.source.options is not None
    assert not publisher.source.options.again
    await valkey.set(names.lease(0), "somebody 1000", px=1000)
    await eventually(lambda: publisher.stats.terms == 2)
    await eventually(lambda: publisher.source.options is not None and publisher.source.options.again)
