"""The shape of a feed, its partitions and the case of its symbols, holds while it has data."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing
from tests.publisher.written_log import published
from tickcast.publisher.shape import ShapeError
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import decode_tick

Start = Callable[..., Publishing]


async def test_another_number_of_partitions_is_refused(redis_url: str, publishing: Start) -> None:
    first = publishing(redis_url, partitions=2)
    for n in range(8):
        first.feed(f"S{n}", "1")
    await published(first, 8)
    await first.end()
    second = publishing(redis_url, partitions=3)
    with pytest.raises(ShapeError, match="TICKCAST_PARTITIONS=2 and TICKCAST_SYMBOL_CASE=upper, this"):
        await second.task


async def test_a_feed_that_keeps_case_is_refused_to_a_publisher_that_folds_it_until_it_is_empty(
    client: Any, redis_url: str, publishing: Start
) -> None:
    first = publishing(redis_url, partitions=2, symbol_case="keep")
    first.feed("AMpB", "1")
    first.feed("AMPB", "2")
    await published(first, 2)
    await first.end()
    assert await client.hmget(names.meta(0), "partitions", "case") == [b"2", b"keep"]
    assert await client.hlen(names.last(0)) + await client.hlen(names.last(1)) == 2
    with pytest.raises(ShapeError, match="set what the feed has, or empty it"):
        await publishing(redis_url, partitions=2).task
    again = publishing(redis_url, partitions=2, symbol_case="keep")
    again.feed("AMpB", "3")
    await published(again, 1)
    await again.end()
    home = partition_of(b"AMpB", 2)
    assert decode_tick(await client.hget(names.last(home), "AMpB"))[1] == 2
    await client.delete(names.last(0), names.last(1))
    third = publishing(redis_url, partitions=1)
    third.feed("AMpB", "1")
    await published(third, 1)
    assert await client.hmget(names.meta(0), "partitions", "case") == [b"1", b"upper"]
    assert await client.hkeys(names.last(0)) == [b"AMPB"]
