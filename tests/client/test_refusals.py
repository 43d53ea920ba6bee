"""tickcast.Publisher says what it was refused, and why: by Redis, or for its own arguments."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
import redis.asyncio

import tickcast
from tests.client.conftest import HandedIn
from tests.support.eventually import eventually
from tests.support.servers import PrivateValkey
from tickcast.wire.symbol import partition_of


@pytest.fixture
async def private(private_valkey: PrivateValkey) -> AsyncIterator[HandedIn]:
    """A feed of one partition in a Valkey of the test's own."""
    async with redis.asyncio.Redis.from_url(private_valkey.url) as client:
        found = HandedIn(private_valkey.url, client)
        await found.begin()
        yield found


async def test_a_key_of_another_program_is_named_and_stops_its_partition_alone(handed_in: HandedIn) -> None:
    await handed_in.begin(2)
    here, there = (next(s for s in "ABCDEF" if partition_of(s.encode(), 2) == p) for p in (0, 1))
    key = handed_in.names.inbox(0)
    await handed_in.redis.set(key, "mine")
    async with tickcast.Publisher(handed_in.url) as publisher:
        await publisher.publish(here, price=1)
        with pytest.raises(tickcast.PublishError, match=rf"the key {key} is a string.*delete it"):
            await publisher.flush()
        with pytest.raises(tickcast.PublishError, match="is a string"):
            await publisher.publish(here, price=2)
        await publisher.publish(there, price=3)
        await eventually(lambda: _has(handed_in, there))
        await handed_in.redis.delete(key)
        await eventually(lambda: _accepted(publisher.publish(here, price=4)))
        await publisher.flush()
    assert await handed_in.prices() == {here: ["1", "4"], there: ["3"]}


async def _accepted(call: Awaitable[None]) -> bool:
    try:
        await call
    except tickcast.PublishError:
        return False
    return True


async def _has(handed_in: HandedIn, symbol: str) -> bool:
    return symbol in {tick.symbol for entry in await handed_in.entries(1) for tick, _ in entry.ticks}


async def test_a_missing_right_is_named_and_may_be_given_later(private: HandedIn) -> None:
    everything = ["on", ">secret", "~*", "+@all"]
    await private.redis.execute_command("ACL", "SETUSER", "desk", *everything, "-xadd")
    url = private.url.replace("//", "//desk:secret@")
    async with tickcast.Publisher(url) as publisher:
        await publisher.publish("AAPL", price=1)
        with pytest.raises(tickcast.PublishError, match=r"Redis denies a right.*xadd.*ACL SETUSER"):
            await publisher.flush()
        await private.redis.execute_command("ACL", "SETUSER", "desk", "+xadd")
        await eventually(lambda: _accepted(publisher.flush()))
    assert await private.prices() == {"AAPL": ["1"]}


async def test_a_wrong_password_is_named(private: HandedIn) -> None:
    publisher = tickcast.Publisher(private.url.replace("//", "//nobody:wrong@"))
    await publisher.publish("AAPL", price=1)
    with pytest.raises(tickcast.PublishError, match="Redis refuses the password"):
        await publisher.flush()
    with pytest.raises(tickcast.PublishError, match="Redis refuses the password"):
        await publisher.close()
    with pytest.raises(tickcast.PublishError, match="closed"):
        await publisher.publish("AAPL", price=1)
    await publisher.close()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"redis_url": "http://x"}, tickcast.PublishError, "a Redis address is written like redis://"),
        ({"feed": "Main"}, tickcast.FieldError, "feed: 'Main' is not 1 to 32 of a-z 0-9 -"),
        ({"by": "x" * 52}, tickcast.FieldError, "by: .* is not 1 to 51 printable characters"),
        ({"by": ""}, tickcast.FieldError, "by: '' is not"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        tickcast.Publisher(**arguments)
