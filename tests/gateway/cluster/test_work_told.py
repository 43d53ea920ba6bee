"""Work that gateways tell each other: it is heard once, from whenever on, if it is what a gateway tells."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import Clock
from tickcast.gateway.cluster import work_told
from tickcast.gateway.cluster.work_told import MAX_FIELD, WorkTold, decode_told, encode_told
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.work import MOST_TOLD, TOLD_BY_ALL, Told, Work
from tickcast.wire.gateway_list import MAX_WORK, WORK
from tickcast.wire.names import MAIN as names

KEY = names.uses(WORK)


class Side:
    """The work of one gateway."""

    def __init__(self, client: FeedClient, part: str, clock: Clock) -> None:
        self.work = Work(100, clock)
        self.told = WorkTold(client, part, self.work)

    def owed(self, whose: str = "a") -> float:
        """Return the ms of CPU time that somebody owes, as it is known here."""
        return round(self.work._own.seconds(whose) * 100)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sides(client: FeedClient, clock: Clock) -> tuple[Side, Side]:
    """Two gateways."""
    return Side(client, "one", clock), Side(client, "other", clock)


async def exchange(*sides: Side) -> None:
    """Let each tell and hear, twice: then all have heard."""
    for _ in range(2):
        for each in sides:
            await each.told.exchange(["one", "other", "third"], 60)


async def test_work_is_heard_once_and_more_of_it_too(sides: tuple[Side, Side], clock: Clock) -> None:
    one, other = sides
    # Each hears itself too, here; a gateway does not ask for its own.
    one.told.exchange = lambda others, lifetime: WorkTold.exchange(one.told, ["other"], lifetime)  # type: ignore
    other.told.exchange = lambda others, lifetime: WorkTold.exchange(other.told, ["one"], lifetime)  # type: ignore
    await exchange(one, other)
    one.work.charge("a", 1.0)
    await exchange(one, other)
    assert (one.owed(), other.owed()) == (1000, 1000)
    one.work.charge("a", 0.5)
    other.work.charge("a", 0.25)
    await exchange(one, other)
    assert (one.owed(), other.owed()) == (1750, 1750)
    clock.now += 100
    await exchange(one, other)
    one.work.charge("a", 0.3)
    await exchange(one, other)
    assert (one.owed(), other.owed()) == (300, 300)


async def test_who_begins_to_listen_hears_what_is_owed_by_now(sides: tuple[Side, Side], clock: Clock) -> None:
    one, other = sides
    for _ in range(50):
        one.work.charge("a", 0.2)
        await one.told.exchange([], 60)
        clock.now += 1
    await one.told.exchange([], 60)
    before = one.owed()
    await other.told.exchange(["one"], 60)
    # Of the 10 s that were spent, and told of meanwhile.
    assert one.work.owing()["a"].spent > 9000
    assert other.owed() == before


async def test_what_was_lost_is_not_heard_twice(sides: tuple[Side, Side], redis: Any) -> None:
    one, other = sides
    one.work.charge("a", 1.0)
    await one.told.exchange([], 60)
    await other.told.exchange(["one"], 60)
    await redis.delete(KEY)
    await other.told.exchange(["one"], 60)
    await one.told.exchange([], 60)
    await other.told.exchange(["one"], 60)
    assert other.owed() == 1000


async def test_however_much_is_told_it_is_read_in_pieces(
    sides: tuple[Side, Side], redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = sides
    monkeypatch.setattr(work_told, "READ_AT_ONCE", 50)
    parts = [f"part{number}" for number in range(10)]
    for number, part in enumerate(parts):
        await redis.hset(KEY, part, encode_told({f"10.0.0.{number}": Told(500, 500)}))
    await one.told.exchange(parts, 60)
    assert [one.owed(f"10.0.0.{number}") for number in range(10)] == [500] * 10
    await one.told.exchange(parts[5:], 60)
    assert [*one.told.heard] == parts[5:]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[1]",
        b"no JSON",
        b'{"a": -5, "b": "much", "c": [1e300, 1], "d": [1], "e": [true, 1], "f": [1, -1]}',
        b"{" + b" " * MAX_FIELD + b"}",
        encode_told({str(number): Told(1, 1) for number in range(MOST_TOLD + 1)}),
    ],
)
async def test_what_no_gateway_tells_changes_nothing(
    sides: tuple[Side, Side], redis: Any, value: bytes
) -> None:
    one, _ = sides
    await redis.hset(KEY, "other", value)
    await one.told.exchange(["other"], 60)
    assert len(one.work) == 0


@given(
    st.dictionaries(st.text(), st.builds(Told, st.integers(0, 1 << 52), st.integers(0, 1 << 52)), max_size=9)
)
def test_what_is_told_comes_back(told: dict[str, Told]) -> None:
    assert decode_told(encode_told(told)) == told


@pytest.mark.parametrize("gateways", [1, 100, MAX_WORK.entries])
async def test_what_all_tell_has_room(gateways: int, clock: Clock) -> None:
    work = Work(1000, clock)
    work.gateways = gateways
    for number in range(2 * MOST_TOLD):
        work.charge(f"subject {number:032x}", 2.0)
    told = encode_told(work.owing())
    assert len(work.owing()) == min(MOST_TOLD, TOLD_BY_ALL // gateways)
    assert len(told) <= MAX_FIELD
    assert len(told) * gateways < MAX_WORK.size
