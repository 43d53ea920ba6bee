"""hand_in.lua: what it takes, what it counts, and how it says that it does not take something."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio

from tickcast.wire.inbox import encode_entry
from tickcast.wire.names import MAIN as names
from tickcast.wire.scripts import HAND_IN

INBOX, HELD = names.inbox(3), names.held(3)
TICK = b'{"S":"AAPL","p":1.5}'
LIMIT = 4000


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    """An empty Redis of each kind."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        yield client


async def hand_in(client: Any, *entry: bytes | str, limit: int = LIMIT) -> list[bytes]:
    """Hand in the fields and values; return what the script answers."""
    fields = entry or encode_entry(ticks=[TICK], by="feeder", number=7)
    answer: list[bytes] = await client.eval(HAND_IN, 1, INBOX, limit, *fields)
    return answer


async def test_an_entry_is_appended_with_its_size_and_counted(client: Any) -> None:
    ok, entry_id = await hand_in(client)
    [(found, fields)] = await client.xrange(INBOX)
    size = fields[b"c"]
    assert (ok, found) == (b"ok", entry_id)
    assert fields == {b"d": TICK, b"by": b"feeder", b"n": b"7", b"c": size}
    assert await client.hgetall(HELD) == {b"all": size, b"by feeder": size}


async def test_a_producer_may_fill_half_of_the_inbox_and_others_the_rest(client: Any) -> None:
    taken = [await hand_in(client) for _ in range(30)]
    count = [answer[0] for answer in taken].count(b"ok")
    held = int(await client.hget(HELD, "all"))
    assert taken[-1] == [b"full", held, b"producer"]
    assert LIMIT / 2 - held < held / count
    others = [await hand_in(client, "d", TICK) for _ in range(30)]
    assert others[0][0] == b"ok"
    assert await client.xlen(INBOX) == count + [answer[0] for answer in others].count(b"ok")
    third = await hand_in(client, "d", TICK * 4, "by", "third")
    assert third == [b"full", int(await client.hget(HELD, "all")), b"inbox"]


async def test_counts_of_an_inbox_that_was_emptied_are_gone(client: Any) -> None:
    while (await hand_in(client))[0] == b"ok":
        pass
    await client.xtrim(INBOX, maxlen=0, approximate=False)
    await hand_in(client, "d", TICK)
    assert set(await client.hgetall(HELD)) == {b"all", b"by "}


async def test_a_redis_without_memory_says_so_and_counts_nothing(client: Any) -> None:
    await hand_in(client)
    before = await client.hgetall(HELD)
    await client.config_set("maxmemory", 1)
    try:
        answer = await hand_in(client)
    finally:
        await client.config_set("maxmemory", 0)
    assert answer == [b"full", int(before[b"all"]), b"redis"]
    assert await client.hgetall(HELD) == before
    assert await client.xlen(INBOX) == 1


@pytest.mark.parametrize("key", [INBOX, HELD])
async def test_a_key_of_a_wrong_type_is_named_with_its_type(client: Any, key: str) -> None:
    await client.set(key, "mine")
    assert await hand_in(client) == [b"wrong", key.encode(), b"string"]
    assert await client.get(key) == b"mine"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (["d"], b"in pairs"),
        (["x", "1"], b"no field is called x"),
        (["d", TICK, "d", TICK], b"the field d is there twice"),
        (["by", "feeder"], b"0 lines"),
        (["d", b"\n".join([b"{}"] * 1001)], b"1001 lines"),
        (["d", b"x" * 262145], b"262145 bytes"),
        (["d", TICK, "by", ""], b"1 to 64 characters"),
        (["d", TICK, "by", "é" * 65], b"1 to 64 characters"),
        (["d", TICK, "by", "a\tb"], b"none of them a control character"),
        (["d", TICK, "n", "1"], b"n: a number needs by"),
        (["d", TICK, "by", "a", "n", "-1"], b"n: a whole number"),
        (["d", TICK, "by", "a", "n", str(2**53)], b"n: a whole number"),
        (["d", TICK * 200], b"never fits"),
    ],
)
async def test_what_breaks_a_bound_is_refused_with_its_reason(
    client: Any, entry: list[bytes | str], reason: bytes
) -> None:
    refused, why = await hand_in(client, *entry)
    assert refused == b"refused"
    assert reason in why
    assert not await client.exists(INBOX, HELD)


async def test_the_largest_entry_and_the_longest_id_are_taken(client: Any) -> None:
    lines = encode_entry(ticks=[b"x" * 261] * 1000, by="é" * 64, number=2**53 - 1)
    assert (await hand_in(client, *lines, limit=2**20))[0] == b"ok"
