"""`Idempotency-Key`: a repeated request gets the same answer at any publisher, and is taken once."""

import asyncio
import time
from typing import Any

import pytest

from tests.publisher.http.conftest import Door, Start, held, lines, problem
from tickcast.publisher.http import inboxes
from tickcast.runtime.redis.client import RedisClient
from tickcast.runtime.redis.errors import Failure, LinkDownError
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of

BOTH = lines(1) + b"nonsense\n" + lines(2, symbol="MSFT")


async def counts(valkey: Any) -> list[int]:
    return [len(await held(valkey, partition)) for partition in range(2)]


async def test_it_is_taken_once_at_any_publisher_and_answered_alike(start: Start, valkey: Any) -> None:
    doors = [await start(), await start()]
    answers = [await each.post(BOTH, key="one") for each in doors * 2]
    assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
    assert answers[0].json()["taken"] == 2
    assert [each["line"] for each in answers[0].json()["refused"]] == [2]
    assert await counts(valkey) == [1, 1]
    await doors[1].post(BOTH, key="two")
    await doors[0].post(BOTH)
    await doors[0].post(BOTH)
    assert await counts(valkey) == [4, 4]


async def test_the_same_at_once_is_taken_once_by_each_kind_of_redis(
    start: Start, client: Any, redis_url: str
) -> None:
    await client.hset(names.meta(0), mapping={"partitions": 2, "case": "upper"})
    doors = [await start(redis_url), await start(redis_url)]
    answers = await asyncio.gather(*(each.post(BOTH, key="one") for each in doors * 5))
    assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
    assert await counts(client) == [1, 1]


async def test_another_body_with_the_same_key_is_422(start: Start, valkey: Any) -> None:
    first, second = await start(), await start()
    await first.post(lines(1), key="one")
    # Its symbol is of another partition, too.
    assert "another body" in problem(await second.post(lines(1, symbol="MSFT"), key="one"), 422)
    assert await counts(valkey) == [1, 0]


async def test_what_one_partition_refused_is_taken_when_the_request_is_repeated(
    door: Door, valkey: Any
) -> None:
    await valkey.set(names.inbox(1), "wrong")
    assert "1 of 2 ticks are taken" in problem(await door.post(BOTH, key="one"), 503)
    problem(await door.post(BOTH, key="one"), 503)
    await valkey.delete(names.inbox(1))
    assert (await door.post(BOTH, key="one")).json()["taken"] == 2
    assert await counts(valkey) == [1, 1]


async def test_a_lost_answer_of_redis_makes_no_tick_twice(
    door: Door, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, lost = RedisClient.execute, []

    async def loses(self: RedisClient, key: str, command: str, *args: Any) -> Any:
        answer = await execute(self, key, command, *args)
        if command.startswith("EVAL") and names.inbox(0) in args and not lost:
            lost.append(answer)
            raise LinkDownError("cut", Failure.CLOSED)
        return answer

    monkeypatch.setattr(RedisClient, "execute", loses)
    problem(await door.post(lines(1), key="one"), 503)
    assert lost[0][0] == b"ok"
    assert (await door.post(lines(1), key="one")).json()["taken"] == 1
    assert await counts(valkey) == [1, 0]


async def test_after_ten_minutes_a_key_is_a_new_one(
    door: Door, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert inboxes.LIFE == 600
    monkeypatch.setattr(inboxes, "LIFE", 2)
    begun = time.monotonic()
    await door.post(lines(1), key="one")
    assert (await door.post(lines(1), key="one")).status_code == 200
    answer = await door.post(lines(2), key="one")
    while answer.status_code == 422:
        answer = await door.post(lines(2), key="one")
    # Redis counts whole seconds.
    assert time.monotonic() - begun > 1
    assert answer.json()["taken"] == 1
    assert await held(valkey) == lines(1, 2).splitlines()


async def test_what_is_remembered_is_bounded_and_goes_away_by_itself(
    door: Door, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inboxes, "MAX_REQUESTS", 4)
    codes = [(await door.post(lines(n), key=f"key {n}")).status_code for n in range(20)]
    taken = codes.count(200)
    assert set(codes) == {200, 503}
    assert len(await held(valkey)) == taken
    # The full one still knows what it has taken.
    assert (await door.post(lines(0), key="key 0")).json() == {"taken": 1, "refused": []}
    assert len(await held(valkey)) == taken
    assert (await door.post(lines(1))).status_code == 200
    found = [each async for each in valkey.scan_iter(names.requests(0) + ":*")]
    assert found
    for each in found:
        assert await valkey.hlen(each) <= 4
        assert 600 < await valkey.ttl(each) <= 1200


async def test_the_symbols_of_these_tests_are_of_two_partitions() -> None:
    assert [partition_of(each, 2) for each in (b"AAPL", b"MSFT")] == [0, 1]


async def test_it_is_answered_alike_although_a_time_has_come_meanwhile(
    start: Start, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = await start(max_ahead=5)
    body = b'{"S":"AAPL","p":1,"t":%d}\n' % (time.time_ns() // 1000 + 10_000_000)
    first = await door.post(body, key="one")
    assert "ahead of the clock" in first.json()["refused"][0]["reason"]
    clock = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: clock() + 10_000_000_000)
    again = await door.post(body, key="one")
    assert (again.status_code, again.content) == (200, first.content)
    assert (await door.post(body)).json() == {"taken": 1, "refused": []}
    assert len(await held(valkey, partition_of(b"AAPL", 2))) == 1
