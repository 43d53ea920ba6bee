"""The room for bars, divided among symbols."""

import pytest

from tickcast.publisher.bars.retention import BAR_BYTES, MAX_KEPT, BarRetention

MIB = 1024 * 1024


def test_few_symbols_keep_everything() -> None:
    retention = BarRetention(128 * MIB)
    assert not retention.fit(50)
    assert retention.kept == MAX_KEPT


@pytest.mark.parametrize("symbols", [500, 1_000, 10_000, 50_000])
def test_many_symbols_keep_no_more_than_there_is_room_for(symbols: int) -> None:
    retention = BarRetention(128 * MIB)
    assert retention.fit(symbols)
    assert symbols * sum(retention.kept) * BAR_BYTES <= 128 * MIB
    assert 1 <= retention.kept.seconds < retention.kept.minutes


def test_five_hundred_symbols_keep_a_day_of_minutes() -> None:
    retention = BarRetention(128 * MIB)
    retention.fit(500)
    assert retention.kept.minutes == 24 * 60


def test_any_number_of_symbols_keeps_one_of_each() -> None:
    retention = BarRetention(MIB)
    retention.fit(100_000)
    assert retention.kept == (1, 1)


def test_growing_symbol_by_symbol_costs_few_steps_and_never_goes_back() -> None:
    retention = BarRetention(128 * MIB)
    steps = [retention.kept for symbols in range(100_000) if retention.fit(symbols)]
    assert 10 < len(steps) < 50
    assert steps == sorted(steps, reverse=True)
    assert not retention.fit(10)
