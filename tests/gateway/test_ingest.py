"""Intake: what a batch does to ring, newest values and hub; and the bounds of what a gateway keeps."""

import pytest

from tests.support.market import Market, key


async def test_symbols_beyond_the_most_are_refused_and_counted_and_the_known_go_on(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.ingest.MAX_SYMBOLS", 2)
    one = market.join(key())
    market.tick("A", "B")
    market.tick("A", "C", "B")
    market.tick("C")
    await market.settle()
    assert one.qs() == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]
    assert sorted(market.last) == [b"A", b"B"]
    assert market.ingest.refused == 2


async def test_bar_keys_beyond_the_most_are_refused_and_counted_and_the_known_go_on(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.ingest.MAX_BAR_KEYS", 2)
    one = market.join(key(bars="1s,1m"))
    market.tick("A", bars=["A\t1s", "A\t1m"])
    market.tick("B", bars=["B\t1s", "A\t1s"])
    market.tick(bars=["B\t1m"])
    await market.settle()
    assert one.bars() == [("A\t1s", 1), ("A\t1m", 1), ("A\t1s", 2)]
    assert one.qs() == [("A", 1), ("B", 1)]
    assert sorted(market.hub.bars) == [b"A\t1m", b"A\t1s"]
    assert market.ingest.refused == 2


async def test_bars_are_no_symbols(market: Market) -> None:
    one = market.join(key("*"))
    market.tick("A", bars=["A\t1s", "B\t1s"])
    await market.settle()
    assert list(market.last) == [b"A"]
    assert one.group.symbols == [b"A"]
    assert one.names() == ["snapshot", "tick"]
