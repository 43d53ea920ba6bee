"""The publisher's broker, on a real Redis."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tickcast.publisher.broker import Broker
from tickcast.runtime.redis.errors import Failure, LinkDownError
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import MAIN


async def test_every_partition_may_ask_at_the_same_time(valkey_url: str) -> None:
    broker = Broker(valkey_url, timeout=30)
    try:
        answers = await asyncio.gather(*(broker.read_hash(MAIN.meta(p)) for p in range(MAX_PARTITIONS)))
    finally:
        await broker.close()
    assert answers == [{}] * MAX_PARTITIONS


async def test_another_broker_counts_its_own_retries_and_asks_the_same_redis(valkey_url: str) -> None:
    broker = Broker(valkey_url, timeout=30)
    broker.retries = 3
    other = broker.another()
    try:
        assert await other.read_hash(MAIN.meta(0)) == {}
        assert (other.retries, other.publish_command) == (0, broker.publish_command)
    finally:
        await broker.close()
        await other.close()


async def test_a_failure_that_comes_and_goes_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    broker = Broker("redis://127.0.0.1")

    def failing_once() -> Callable[[], Awaitable[int]]:
        answers = iter([LinkDownError("EVALSHA: no", Failure.NO_RIGHT), 1])

        async def operation() -> int:
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return operation

    for _ in range(5):
        assert await broker.retry(failing_once()) == 1
    assert broker.retries == 5
    said = capsys.readouterr().out
    assert (said.count("trying again"), said.count("redis answers again")) == (1, 1)
