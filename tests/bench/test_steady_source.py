"""The load itself: as many ticks as asked for, the same for every symbol."""

import time
from collections import Counter

from tickcast.bench.comparison import lists
from tickcast.bench.steady_source import SteadySource, symbol_names
from tickcast.wire.tick import Tick, check_tick


async def first(source: SteadySource, amount: int) -> list[Tick]:
    ticks: list[Tick] = []
    async for some in source:
        ticks += some
        if len(ticks) >= amount:
            break
    return ticks


async def test_ticks_go_in_turns_over_all_symbols_and_are_valid() -> None:
    ticks = await first(SteadySource(7, None), 1000)
    assert [tick.symbol for tick in ticks[:14]] == symbol_names(7) * 2
    assert all(check_tick(tick) == tick for tick in ticks)
    assert len({tick.price for tick in ticks}) > 7


async def test_a_steady_source_gives_its_rate_and_no_more() -> None:
    began = time.monotonic()
    ticks = await first(SteadySource(5, 400.0), 100)
    seconds = time.monotonic() - began
    assert len(ticks) <= 400 * (seconds + 0.02)


def test_symbols_differ() -> None:
    assert len(set(symbol_names(5000))) == 5000


def test_lists_hold_different_symbols_and_use_all_alike() -> None:
    made = lists(symbol_names(50), 100, 20)
    assert all(len(set(each.split(","))) == 20 for each in made)
    used = Counter(name for each in made for name in each.split(","))
    assert max(used.values()) - min(used.values()) <= 2
    assert len(set(lists(symbol_names(50), 100, 20, 4))) == 4
