"""Wide lists: their turns cost what has changed, and come less often while the gateway is busy."""

import pytest

from tests.support.market import Market, key
from tickcast.gateway.fanout.rest import Rest
from tickcast.gateway.protocol.interval import widened


class Counted(dict):
    """Values that count how often one is looked up."""

    looks = 0

    def get(self, *given):
        self.looks += 1
        return super().get(*given)


async def test_a_wide_group_looks_at_what_has_changed_and_not_at_all_it_has(market: Market) -> None:
    symbols = [f"S{number:05}" for number in range(5000)]
    market.tick(*symbols)
    wide = [market.join(key(f"S{number}*,S*", 50)._replace(heartbeat=number + 1)) for number in range(3)]
    narrow = market.join(key("S00001,S00002", 50))
    await market.settle()
    market.last._values = counted = Counted(market.last._values)
    for number in (1, 4000, 1):
        market.tick(symbols[number], bars=[f"{symbols[number]}\t1s"])
    market.turn()
    await market.settle()
    for each in wide:
        assert sorted(each.qs()) == [("S00001", 3), ("S04000", 2)]
    assert narrow.qs() == [("S00001", 3)]
    assert counted.looks < 40


async def test_a_wide_group_gets_all_that_changed_where_that_is_much_or_no_longer_in_the_ring() -> None:
    market = Market(ring_bytes=1 << 20)
    symbols = [f"S{number:05}" for number in range(3000)]
    market.tick(*symbols)
    wide = market.join(key("*", 50))
    await market.settle()
    # More than the ring holds: the first of it is gone.
    for _ in range(4):
        market.tick(*symbols)
    market.tick("S00001")
    assert market.ring.floor > wide.number
    market.turn()
    await market.settle()
    assert sorted(wide.qs()) == [(symbol, 6 if symbol == "S00001" else 5) for symbol in symbols]
    market.hub.close()


async def test_a_wide_list_comes_less_often_while_the_gateway_is_busy(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.tick(*(f"S{number:05}" for number in range(4100)))
    hub = market.hub
    assert hub.granted(key("S*", 50)).interval == 50
    monkeypatch.setattr(type(hub.scheduler.rest), "is_strained", True)
    assert hub.granted(key("S*", 50)).interval == 250
    assert hub.granted(key("S01*", 50)).interval == 50
    # Who joins others costs nothing; every tick is every tick.
    market.join(key("S0*", 50))
    assert hub.granted(key("S0*,S00001", 50)).interval == 50
    assert hub.granted(key("S*", 0)).interval == 0
    assert hub.granted(key("S*", 1000)).interval == 1000


def test_a_busy_gateway_grants_a_ms_for_forty_symbols() -> None:
    assert [widened(50, width) for width in (10, 2000, 2001, 10_000, 100_000, 10**9)] == [
        50, 50, 50, 250, 5000, 3_600_000,
    ]  # fmt: skip
    assert widened(1000, 10) == 1000


def test_a_loop_is_strained_while_it_is_busier_than_its_bound() -> None:
    now = idle = 0.0
    rest = Rest(0.55, lambda: idle, lambda: now)
    assert not rest.is_strained
    for busy, strained in ((0.3, False), (0.9, True), (0.9, True), (0.3, True), (0.1, False)):
        now += 0.5
        idle += 0.5 * (1 - busy)
        assert rest.is_strained == strained, busy
