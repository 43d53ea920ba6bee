"""The snapshot for clients that poll, of a feed so large that it is kept for a moment."""

import json
from typing import Any

from tests.support.market import Market
from tickcast.gateway.http.snapshots import LARGE, Snapshots
from tickcast.gateway.protocol.selection import EVERYTHING, parse_selection

SYMBOLS = [f"S{number:05}" for number in range(LARGE)]


def body(snapshots: Snapshots, symbols: str = "*") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(snapshots.document(parse_selection(symbols, 10)).body)
    return found


async def test_all_of_a_large_feed_is_the_same_document_for_a_moment(market: Market) -> None:
    market.tick(*SYMBOLS)
    snapshots = Snapshots(market.hub)
    first = snapshots.document(EVERYTHING)
    snapshots._whole._until = float("inf")
    market.tick("S00001")
    assert snapshots.document(EVERYTHING) is first
    snapshots._whole._until = 0.0
    newest = body(snapshots)
    assert (newest["ticks"][1]["q"], newest["cursor"]) == (2, market.ring.cursor)
    assert [tick["S"] for tick in newest["ticks"]] == SYMBOLS
    # What names its symbols has always the newest.
    snapshots._whole._until = float("inf")
    market.tick("S00001")
    assert body(snapshots, "S00001,S0000*")["ticks"][1]["q"] == 3


async def test_none_of_an_epoch_before_is_kept(market: Market) -> None:
    market.tick(*SYMBOLS)
    snapshots = Snapshots(market.hub)
    before = snapshots.document(EVERYTHING)
    snapshots._whole._until = float("inf")
    market.lose("S00001")
    assert snapshots.document(EVERYTHING) is not before
    assert body(snapshots)["epoch"] == market.ring.epoch


async def test_a_small_feed_is_looked_at_each_time(market: Market) -> None:
    market.tick(*SYMBOLS[:-1])
    snapshots = Snapshots(market.hub)
    for q in range(1, 50):
        assert body(snapshots)["ticks"][0]["q"] == q
        market.tick("S00000")
