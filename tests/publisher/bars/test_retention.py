"""The room for bars, divided among symbols."""

import pytest

from tickcast.publisher.bars.retention import BAR_BYTES, MAX_KEPT, SHARES, BarRetention
from tickcast.wire.bar import INTERVALS

MIB = 1024 * 1024


def test_every_interval_has_a_share() -> None:
    assert list(SHARES) == list(INTERVALS)
    assert sum(SHARES.values()) == 8


def test_few_symbols_keep_everything() -> None:
    retention = BarRetention(128 * MIB)
    assert not retention.fit(50)
    assert retention.kept == MAX_KEPT


@pytest.mark.parametrize("symbols", [300, 500, 1_000, 10_000, 50_000])
def test_many_symbols_keep_no_more_than_there_is_room_for(symbols: int) -> None:
    retention = BarRetention(128 * MIB)
    assert retention.fit(symbols)
    kept = retention.kept
    assert list(kept) == list(INTERVALS)
    assert symbols * sum(kept.values()) * BAR_BYTES <= 128 * MIB
    assert all(1 <= kept[name] <= MAX_KEPT[name] for name in INTERVALS)


def test_the_documented_numbers_are_kept() -> None:
    found = {}
    for symbols in (250, 500, 1_000, 10_000):
        retention = BarRetention(128 * MIB)
        retention.fit(symbols)
        found[symbols] = tuple(retention.kept.values())
    assert found == {
        250: (600, 1440, 960, 400),
        500: (217, 868, 217, 400),
        1_000: (106, 424, 106, 212),
        10_000: (10, 40, 10, 20),
    }


def test_any_number_of_symbols_keeps_one_of_each() -> None:
    retention = BarRetention(MIB)
    retention.fit(100_000)
    assert set(retention.kept.values()) == {1}


def test_growing_symbol_by_symbol_costs_few_steps_and_never_goes_back() -> None:
    retention = BarRetention(128 * MIB)
    steps = [retention.kept for symbols in range(100_000) if retention.fit(symbols)]
    assert 10 < len(steps) < 60
    for name in INTERVALS:
        kept = [step[name] for step in steps]
        assert kept == sorted(kept, reverse=True)
    assert not retention.fit(10)
