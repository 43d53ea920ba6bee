"""Memory: the newest of everything, made once for all who need the same."""

from tests.support.market import Market, key


async def test_streams_that_need_the_same_snapshot_share_its_bytes(market: Market) -> None:
    market.tick("A", "B")
    memory, everything = market.hub.memory, market.hub.group(key())
    first, second = memory.newest(-1, everything), memory.newest(-1, market.hub.group(key(interval=250)))
    assert first == second
    assert [id(event) for event in first] == [id(event) for event in second]
    # Who empties one has not emptied the other.
    first.clear()
    assert memory.newest(-1, everything) == second


async def test_a_snapshot_is_made_anew_for_another_batch_place_or_list(market: Market) -> None:
    market.tick("A", "B")
    memory, group = market.hub.memory, market.hub.group(key())
    before = memory.newest(-1, group)
    assert b'"B"' not in b"".join(memory.newest(-1, market.hub.group(key("A"))))
    market.tick("B")
    newest = b"".join(memory.newest(-1, group))
    assert newest != b"".join(before)
    assert b'{"S":"B","q":2}' in newest
    assert b'"A"' not in b"".join(memory.newest(market.ring.number - 1, group))


async def test_few_snapshots_are_kept(market: Market) -> None:
    names = [f"S{at}" for at in range(50)]
    market.tick(*names)
    for name in names:
        market.hub.memory.newest(-1, market.hub.group(key(name)))
    assert len(market.hub.memory._snapshots) <= 8
