"""Snapshots, made once for all streams that need the same."""

from tests.support.market import Market, key


async def test_streams_that_need_the_same_snapshot_share_its_bytes(market: Market) -> None:
    market.tick("A", "B")
    gaps, everything = market.hub.gaps, market.hub.join(key())
    first, second = gaps.snapshot(-1, everything), gaps.snapshot(-1, market.hub.join(key(interval=250)))
    assert first == second
    assert [id(event) for event in first] == [id(event) for event in second]
    # Who empties one has not emptied the other.
    first.clear()
    assert gaps.snapshot(-1, everything) == second


async def test_a_snapshot_is_made_anew_for_another_batch_place_or_list(market: Market) -> None:
    market.tick("A", "B")
    gaps, group = market.hub.gaps, market.hub.join(key())
    before = gaps.snapshot(-1, group)
    assert b'"B"' not in b"".join(gaps.snapshot(-1, market.hub.join(key("A"))))
    market.tick("B")
    newest = b"".join(gaps.snapshot(-1, group))
    assert newest != b"".join(before)
    assert b'{"S":"B","q":2}' in newest
    assert b'"A"' not in b"".join(gaps.snapshot(market.ring.number - 1, group))


async def test_few_snapshots_are_kept(market: Market) -> None:
    names = [f"S{at}" for at in range(50)]
    market.tick(*names)
    for name in names:
        market.hub.gaps.snapshot(-1, market.hub.join(key(name)))
    assert len(market.hub.gaps._snapshots) <= 8
