"""Counts of streams in Redis: exact for who asks, whatever is lost there or written by another program."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tickcast.gateway.cluster import stream_counts
from tickcast.gateway.cluster.stream_counts import StreamCounts
from tickcast.gateway.cluster.uses import part_of
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.payers import digest_of_subject
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.gateway_list import BUCKETS
from tickcast.wire.names import MAIN as names

ONE, OTHER = part_of("one", 1), part_of("other", 1)
BUCKET = names.uses(digest_of_subject("me")[0])
MINE = OTHER + digest_of_subject("me")


class Side:
    """The counts of one gateway."""

    def __init__(self, client: FeedClient, part: str) -> None:
        self.streams = Counter[str]()
        self.counts = StreamCounts(client, part, self.streams)

    async def open(self, streams: int, subject: str = "me") -> None:
        """Let a subject have so many streams, and tell it."""
        self.counts.note(subject)
        self.streams[subject] = streams
        await self.counts.tell()

    async def ask(self, part: str = OTHER, must: bool = True, subject: str = "me") -> int | None:
        """Ask what a subject has at another gateway."""
        return await self.counts.elsewhere(subject, {part: must})


@pytest.fixture
async def sides(client: FeedClient) -> tuple[Side, Side]:
    """Two gateways that have told their counts: none."""
    both = Side(client, ONE), Side(client, OTHER)
    for each in both:
        await each.counts.tell()
    return both


async def test_one_is_told_what_the_other_has(sides: tuple[Side, Side]) -> None:
    one, other = sides
    assert await one.ask() == 0
    await other.open(3)
    assert await one.ask() == 3
    assert await one.ask(subject="you") == 0
    other.streams["me"] = 1
    await other.counts.tell()
    assert await one.ask() == 1
    other.streams["me"] = 0
    for _ in range(2):
        await other.counts.tell()
    assert (await one.ask(), len(other.counts)) == (0, 0)


async def test_who_asks_is_counted_before_it_looks(sides: tuple[Side, Side]) -> None:
    one, other = sides
    found = await asyncio.gather(one.ask(), other.ask(ONE))
    # Whoever came second sees the first.
    assert sorted(each or 0 for each in found) in ([0, 1], [1, 1])


async def test_all_that_wait_are_asked_about_at_once(
    sides: tuple[Side, Side], client: FeedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = sides
    for number in range(0, 200, 2):
        other.counts.note(f"s{number}")
        other.streams[f"s{number}"] = number + 1
    await other.counts.tell()
    transactions, carry_out = 0, client.transaction

    async def counted(*args: Any) -> Any:
        nonlocal transactions
        transactions += 1
        return await carry_out(*args)

    monkeypatch.setattr(client, "transaction", counted)
    # Each twice: both are counted, and asked about once.
    found = await asyncio.gather(*(one.ask(subject=f"s{number % 200}") for number in range(400)))
    assert found == 2 * [0 if number % 2 else number + 1 for number in range(200)]
    # The first alone, and then as many as fit; each reads what is not 0 by one more.
    assert transactions <= 2 * 4
    monkeypatch.setattr(stream_counts, "AT_ONCE", 1)
    assert await asyncio.gather(*(one.ask(subject=f"s{number}") for number in range(20))) == found[:20]


async def test_one_that_gives_up_leaves_its_place_to_the_next(
    sides: tuple[Side, Side], client: FeedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = sides
    await other.open(2)
    hangs, carry_out = asyncio.Event(), client.transaction

    async def hang(*args: Any) -> Any:
        hangs.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(client, "transaction", hang)
    first = asyncio.create_task(one.ask())
    await hangs.wait()
    others = [asyncio.create_task(one.ask()) for _ in range(3)]
    await asyncio.sleep(0)
    monkeypatch.setattr(client, "transaction", carry_out)
    first.cancel()
    assert await asyncio.gather(*others) == [2, 2, 2]
    assert (one.counts._waiting, one.counts._asking) == ({}, {})


async def test_what_fails_fails_for_all_that_wait_and_is_told_again(
    sides: tuple[Side, Side], client: FeedClient, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = sides
    await one.open(2)
    carry_out = client.transaction

    async def unsure(*args: Any) -> Any:
        # It was carried out, and nobody hears that.
        await carry_out(*args)
        raise LinkError("down")

    monkeypatch.setattr(client, "transaction", unsure)
    found = await asyncio.gather(one.ask(), one.ask(), one.ask(), return_exceptions=True)
    # The last one went along with the one before.
    assert [type(each) for each in found] == [LinkError, LinkError, type(None)]
    monkeypatch.setattr(client, "transaction", carry_out)
    assert await redis.hget(BUCKET, ONE + digest_of_subject("me")) == b"4"
    # It has what it had before: it is written all the same.
    await one.counts.tell()
    assert await redis.hget(BUCKET, ONE + digest_of_subject("me")) == b"2"


async def test_lost_counts_are_known_to_be_lost_until_they_are_told_again(
    sides: tuple[Side, Side], redis: Any
) -> None:
    one, other = sides
    await other.open(3)
    await redis.delete(*(names.uses(bucket) for bucket in BUCKETS))
    assert await one.ask() is None
    # Who has left has taken its counts with it.
    assert await one.ask(must=False) == 0
    await other.counts.tell()
    assert await one.ask() == 3
    # The one that asked has told all of its own, too.
    await one.counts.tell()
    assert await other.ask(ONE) == 0


async def test_a_gateway_that_leaves_takes_its_counts_and_nobody_elses(
    sides: tuple[Side, Side], redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_counts, "AT_ONCE", 2)
    one, other = sides
    for number in range(40):
        other.counts.note(f"s{number}")
        other.streams[f"s{number}"] = 1
    await other.open(3)
    await one.open(2)
    assert sum([await redis.hlen(names.uses(bucket)) for bucket in BUCKETS]) == 2 * len(BUCKETS) + 42
    await other.counts.leave()
    assert sum([await redis.hlen(names.uses(bucket)) for bucket in BUCKETS]) == len(BUCKETS) + 1


@pytest.mark.parametrize("value", ["many", "-5", "9" * 1000, ""])
async def test_what_is_no_count_is_none(sides: tuple[Side, Side], redis: Any, value: str) -> None:
    one, _ = sides
    await redis.hset(BUCKET, MINE, value)
    assert await one.ask() == 0


async def test_a_hash_of_another_kind_is_an_error(sides: tuple[Side, Side], redis: Any) -> None:
    one, _ = sides
    await redis.delete(BUCKET)
    await redis.set(BUCKET, "x")
    for call in (one.ask, one.counts.tell):
        with pytest.raises(LinkError):
            await call()
