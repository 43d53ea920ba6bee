"""What gateways write into a Redis of their own: removed beyond its bounds, and no list of gateways then."""

import time
from typing import Any

import pytest

from tickcast.gateway.cluster.membership import ListError, Membership, Summary, encode_summary
from tickcast.gateway.cluster.written import Written
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.wire.gateway_list import LIST_BOUND, MAX_COUNTS, MAX_LIST, MAX_WORK, WORK, Looks, use_bounds
from tickcast.wire.names import MAIN as names

LIST = names.gateways()


def test_the_list_is_looked_at_each_time_and_the_others_in_turn() -> None:
    looks, uses = Looks(names), [*use_bounds(names)]
    seen = [[*looks.next()] for _ in range(2 * len(uses))]
    assert seen == [[LIST, key] for key in 2 * uses]
    assert [*looks.all] == [LIST, *uses]


async def test_what_is_beyond_its_bounds_is_removed_and_logged_once(
    redis: Any, client: FeedClient, capsys: pytest.CaptureFixture[str]
) -> None:
    written, uses = Written(client), [*use_bounds(names)]
    for _ in range(3):
        await redis.set(LIST, "of another kind")
        for key in uses:
            await redis.hset(key, "x", "x" * MAX_LIST)
        for _ in uses:
            await written.bound()
        assert not await redis.exists(LIST, *uses)
    assert capsys.readouterr().out.count("another program filled what gateways write; removed it") == 1


async def test_what_is_within_its_bounds_stays(redis: Any, client: FeedClient) -> None:
    written, uses = Written(client), use_bounds(names)
    assert await written.excess(LIST) is None
    for key, bound in {LIST: LIST_BOUND, **uses}.items():
        await redis.hset(key, mapping={f"{number:053}": "1" for number in range(bound.entries)})
    for _ in uses:
        await written.bound()
    assert await redis.exists(LIST, *uses) == 1 + len(uses)
    await redis.hset(LIST, "one", "more")
    assert await written.excess(LIST) == f"{LIST_BOUND.entries + 1} entries"


def test_all_that_a_gateway_counts_has_room() -> None:
    """A field of 53 signs and a count take 130 bytes of Redis's memory, its place in the table with it."""
    assert MAX_COUNTS.entries * 130 < MAX_COUNTS.size


async def test_a_list_that_is_too_long_is_an_error_and_shows_no_gateways(
    redis: Any, client: FeedClient
) -> None:
    summary = Summary("gw", 1, time.time_ns() // 1000, 0, 0, 0, "live", False)
    membership = Membership(client, lambda: summary, None)
    await redis.hset(LIST, address_of("gw"), encode_summary(summary))
    assert await membership.alive() == await membership.members() == [summary]
    await redis.hset(LIST, "x", "x" * MAX_LIST)
    with pytest.raises(ListError, match="bytes"):
        await membership.alive()
    assert await membership.members() == []


async def test_what_was_left_is_removed_and_not_read_beyond_its_bound(redis: Any, client: FeedClient) -> None:
    written, key = Written(client), names.uses(WORK)
    await redis.hset(key, mapping={"one": 1, "one of": 1, "two": 1, "gone": 1})
    await written.prune(key, {b"one", b"two"}, 3)
    assert {*await redis.hkeys(key)} == {b"one", b"one of", b"two"}
    await written.prune(key, {b"one", b"two"})
    assert {*await redis.hkeys(key)} == {b"one", b"two"}
    await redis.hset(key, "gone", "x" * MAX_WORK.size)
    await written.prune(key, {b"one", b"two"})
    assert await redis.hlen(key) == 3
