"""The snapshot for clients that poll, of a feed so large that it is kept for a moment."""

import asyncio
import json
from functools import partial
from typing import Any

from tests.support.market import Market
from tickcast.gateway.http.snapshots import AT_ONCE, LARGE, MayGoOn, Snapshots
from tickcast.gateway.limits.work import BURST, Work
from tickcast.gateway.protocol.selection import EVERYTHING, parse_selection
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.problem import Problem

NOBODY: tuple[str, MayGoOn] = ("", lambda: None)
SYMBOLS = [f"S{number:05}" for number in range(LARGE)]


async def body(snapshots: Snapshots, symbols: str = "*") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await snapshots.document(parse_selection(symbols, 10), *NOBODY)).body)
    return found


async def test_all_of_a_large_feed_is_the_same_document_for_a_moment(market: Market) -> None:
    market.tick(*SYMBOLS)
    snapshots = Snapshots(market.hub)
    first = await snapshots.document(EVERYTHING, *NOBODY)
    snapshots._whole._until = float("inf")
    market.tick("S00001")
    assert await snapshots.document(EVERYTHING, *NOBODY) is first
    snapshots._whole._until = 0.0
    newest = await body(snapshots)
    assert (newest["ticks"][1]["q"], newest["cursor"]) == (2, market.ring.cursor)
    assert [tick["S"] for tick in newest["ticks"]] == SYMBOLS
    # What names its symbols has always the newest.
    snapshots._whole._until = float("inf")
    market.tick("S00001")
    assert (await body(snapshots, "S00001,S0000*"))["ticks"][1]["q"] == 3


async def test_none_of_an_epoch_before_is_kept(market: Market) -> None:
    market.tick(*SYMBOLS)
    snapshots = Snapshots(market.hub)
    before = await snapshots.document(EVERYTHING, *NOBODY)
    snapshots._whole._until = float("inf")
    market.lose("S00001")
    assert await snapshots.document(EVERYTHING, *NOBODY) is not before
    assert (await body(snapshots))["epoch"] == market.ring.epoch


async def test_a_small_feed_is_looked_at_each_time(market: Market) -> None:
    market.tick(*SYMBOLS[:-1])
    snapshots = Snapshots(market.hub)
    for q in range(1, 50):
        assert (await body(snapshots))["ticks"][0]["q"] == q
        market.tick("S00000")


class Looks(dict[bytes, tuple[int, bytes]]):
    """Values that count how often they are looked at."""

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.count = 0

    def get(self, key: bytes, default: Any = None) -> Any:
        self.count += 1
        return super().get(key, default)

    def copy(self) -> "Looks":
        """Return itself, so that looks at a copy count here; nothing changes it meanwhile."""
        return self


async def test_a_long_one_is_made_in_pieces_of_bounded_work(market: Market) -> None:
    many = [f"S{number:05}" for number in range(5 * AT_ONCE + 1)]
    market.tick(*many)
    looks = Looks(market.last._values)
    market.last._values = looks
    snapshots, turns = Snapshots(market.hub), []
    making = asyncio.create_task(snapshots.document(parse_selection("S*", 10), *NOBODY))
    while not making.done():
        before = looks.count
        await asyncio.sleep(0)
        turns.append(looks.count - before)
    assert max(turns) == AT_ONCE
    assert sum(turns) == len(many)


async def test_a_long_one_is_of_one_moment_and_the_same_as_if_made_at_once(market: Market) -> None:
    many = [f"S{number:05}" for number in range(2 * AT_ONCE + 1)]
    market.tick(*many)
    snapshots, cursor = Snapshots(market.hub), market.ring.cursor
    making = asyncio.create_task(snapshots.document(parse_selection("S*,NONE", 10), *NOBODY))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    market.tick(many[-1], many[0], "S99999")
    document = await making
    found = json.loads(document.body)
    assert [(tick["S"], tick["q"]) for tick in found["ticks"]] == [(name, 1) for name in many]
    assert found["cursor"] == cursor
    joined = b",".join(b'{"S":"%b","q":1}' % name.encode() for name in many)
    assert document.etag == weak_etag(joined)


async def test_those_who_wait_are_refused_once_their_address_has_had_its_share(market: Market) -> None:
    market.tick(*[f"S{number:05}" for number in range(AT_ONCE + 1)])
    snapshots, work = Snapshots(market.hub), Work(rate=1, clock=lambda: 0.0)

    async def ask(number: int) -> bool:
        # As `within_work` does: all of them are let in before the first has cost anything.
        work.check("greedy")
        selection = parse_selection(f"S*,NONE{number}", 10)
        may_go_on = partial(work.check, "greedy")
        try:
            await snapshots.document(selection, "greedy", may_go_on)
        except Problem as problem:
            return problem.status != 429
        # So much that the third has none left.
        work.charge("greedy", BURST * 0.001 * 0.6)
        return True

    assert sum(await asyncio.gather(*(ask(number) for number in range(20)))) == 2


async def test_a_neighbour_waits_for_one_snapshot_of_an_address_that_wants_many(market: Market) -> None:
    market.tick(*[f"S{number:05}" for number in range(AT_ONCE + 1)])
    snapshots, done = Snapshots(market.hub), []

    async def ask(whose: str) -> None:
        await snapshots.document(parse_selection("S*", 10), whose, lambda: None)
        done.append(whose)

    async with asyncio.TaskGroup() as tasks:
        for whose in [*["greedy"] * 20, "neighbour"]:
            tasks.create_task(ask(whose))
    assert done.index("neighbour") <= 2
    assert len(done) == 21


async def test_what_came_while_others_had_their_turn_is_in_a_snapshot(market: Market) -> None:
    market.tick(*[f"S{number:05}" for number in range(AT_ONCE + 1)])
    snapshots = Snapshots(market.hub)
    first = asyncio.create_task(body(snapshots, "S*"))
    second = asyncio.create_task(body(snapshots, "S*"))
    await asyncio.sleep(0)
    market.tick("S99999")
    await first
    found = await second
    assert found["cursor"] == market.ring.cursor
    assert found["ticks"][-1]["S"] == "S99999"
