"""The `simulated` source: its pace, its restart, and that its ticks are valid."""

import time
from contextlib import aclosing
from decimal import Decimal

import pytest

from tickcast.publisher.source import SourceError, SourceOptions, load_source
from tickcast.publisher.sources.simulated import STEP, Clock, simulated
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, check_tick, decode_tick, encode_tick

NOON = 1_795_435_200.0
"""2026-11-23 12:00 UTC."""


class VirtualClock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, wall: float = NOON) -> None:
        self.now = 0.0
        self.offset = wall

    def stall(self, seconds: float) -> None:
        self.now += seconds

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.offset + self.now, lambda: self.now, self.sleep)


async def collect(options: SourceOptions, virtual: VirtualClock, until: float) -> list[Tick]:
    ticks: list[Tick] = []
    async with aclosing(simulated(options, virtual.clock()).__aiter__()) as lists:
        async for batch in lists:
            ticks += batch
            if virtual.now >= until:
                return ticks
    raise AssertionError("a simulation never ends")


@pytest.mark.parametrize(("rate", "seconds"), [(500.0, 200), (100_000.0, 3)])
async def test_the_rate_holds_in_the_long_run(rate: float, seconds: int) -> None:
    ticks = await collect(SourceOptions(rate=rate, seed=1), VirtualClock(), seconds)

    assert len(ticks) == pytest.approx(rate * seconds, rel=0.08)


async def test_a_late_source_makes_up_for_it_and_a_long_stall_is_left_out() -> None:
    virtual = VirtualClock()
    async with aclosing(simulated(SourceOptions(rate=10_000, seed=1), virtual.clock()).__aiter__()) as lists:
        await anext(lists)
        virtual.stall(0.5)
        begin, late = virtual.now, [await anext(lists) for _ in range(50)]
        assert virtual.now - begin < 2 * STEP, "fifty steps are due at once"
        assert late[-1][-1].time <= (NOON + virtual.now) * 1e6

        virtual.stall(3600)
        begin, after = virtual.now, [await anext(lists) for _ in range(50)]
        assert virtual.now - begin == pytest.approx(49 * STEP), "the hour is not made up for"
        assert after[0][0].time >= (NOON + 3600) * 1e6


async def test_times_are_the_wall_clock_and_never_go_back() -> None:
    virtual = VirtualClock()
    times = []
    async with aclosing(simulated(SourceOptions(rate=5000, seed=1), virtual.clock()).__aiter__()) as lists:
        for turn in range(300):
            times += [tick.time for tick in await anext(lists)]
            if turn == 100:
                virtual.offset -= 0.2  # the clock is corrected

    assert times == sorted(times)
    assert times[0] == pytest.approx(NOON * 1e6, abs=STEP * 1e6)
    assert times[-1] == pytest.approx((virtual.offset + virtual.now) * 1e6, abs=2 * STEP * 1e6)


async def test_a_clock_set_far_back_is_followed() -> None:
    virtual = VirtualClock()
    async with aclosing(simulated(SourceOptions(rate=5000, seed=1), virtual.clock()).__aiter__()) as lists:
        await anext(lists)
        virtual.offset -= 3600
        assert (await anext(lists))[-1].time < (NOON - 3590) * 1e6


async def test_every_tick_is_valid_and_reads_back_the_same() -> None:
    options = SourceOptions(symbols=300, rate=20_000, seed=1)
    sizes = {instrument.symbol: Decimal(instrument.tick) for instrument in simulated(options).instruments}
    for tick in await collect(options, VirtualClock(), 0.5):
        assert check_tick(tick) is tick
        assert decode_tick(encode_tick(tick, 7)) == (tick, 7)
        for price in (tick.price, tick.bid, tick.ask):
            assert Decimal(price or "x") % sizes[tick.symbol] == 0


async def test_a_seed_gives_all_but_the_times_again() -> None:
    runs = [
        await collect(SourceOptions(rate=2000, seed=7), VirtualClock(wall), 1.0)
        for wall in (NOON, NOON + 999)
    ]

    assert [tick._replace(time=0) for tick in runs[0]] == [tick._replace(time=0) for tick in runs[1]]
    assert runs[0][0].time != runs[1][0].time


async def test_prices_and_volumes_go_on_where_they_stood_and_references_stay() -> None:
    now = int(NOON * 1e6)
    last = {
        "AAPL": Tick("AAPL", now - 1, "205.50", volume="7000000"),
        "MSFT": Tick("MSFT", now - 86_400_000_000, "600.00", volume="7000000"),
        "NVDA": Tick("NVDA", now - 1, "17782000"),
        "TSLA": Tick("TSLA", now - 1, "-1"),
    }
    options = SourceOptions(rate=20_000, seed=1, last=last)
    first: dict[str, Tick] = {}
    for tick in await collect(options, VirtualClock(), 0.5):
        first.setdefault(tick.symbol, tick)

    assert float(first["AAPL"].price) == pytest.approx(205.5, rel=0.01)
    assert int(first["AAPL"].volume or 0) >= 7_000_000
    assert float(first["MSFT"].price) == pytest.approx(600, rel=0.01)
    assert int(first["MSFT"].volume or 0) < 10_000, "yesterday's volume is over"
    assert float(first["NVDA"].price) == pytest.approx(177.82, rel=0.01), "another feed's NVDA"
    assert float(first["TSLA"].price) == pytest.approx(346.40, rel=0.01)
    assert simulated(options).instruments[0] == Instrument("AAPL", "Apple", "0.01", "189.34", "USD")


async def test_volume_starts_again_at_midnight_utc() -> None:
    midnight = NOON + 43_200
    ticks = await collect(SourceOptions(rate=20_000, seed=1), VirtualClock(midnight - 1), 2.0)
    mine = [tick for tick in ticks if tick.symbol == "AAPL"]
    before = [int(tick.volume or 0) for tick in mine if tick.time < midnight * 1e6]
    after = [int(tick.volume or 0) for tick in mine if tick.time > (midnight + STEP) * 1e6]

    assert after[0] < before[-1] / 2


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        (SourceOptions(symbols=0), "symbols: 0 is not in 1 to 10000"),
        (SourceOptions(symbols=10_001), "symbols: 10001"),
        (SourceOptions(rate=0), "rate: 0 is not over 0"),
        (SourceOptions(rate=float("nan")), "rate: nan"),
        (SourceOptions(rate=2e6), "at most 1000000 ticks a second"),
    ],
)
def test_options_out_of_bounds_are_refused_with_what_is_allowed(options: SourceOptions, wrong: str) -> None:
    with pytest.raises(SourceError, match=wrong):
        simulated(options)


async def test_it_is_found_by_name_and_runs_in_real_time() -> None:
    source = load_source("simulated")(SourceOptions(rate=10_000, seed=1))
    count, lists, begin = 0, 0, time.time()
    async for ticks in source:
        count, lists = count + len(ticks), lists + 1
        if count >= 10_000:
            break

    assert begin - 1 < ticks[-1].time / 1e6 <= time.time()
    assert lists >= 50, "lists come at a steady cadence, not a second's at once"
    assert time.time() - begin > 0.6


async def test_a_publisher_that_shares_simulates_only_the_symbols_that_it_leads() -> None:
    led = {"AAPL", "MSFT", "NVDA"}
    options = SourceOptions(rate=10_000, seed=1, leads=lambda symbol: symbol in led)
    virtual = VirtualClock()
    source = simulated(options, virtual.clock())
    assert {each.symbol for each in source.instruments} == led
    async with aclosing(source.__aiter__()) as lists:

        async def symbols(steps: int) -> set[str]:
            return {tick.symbol for _ in range(steps) for tick in await anext(lists)}

        assert await symbols(100) == led
        source.keep(lambda symbol: symbol == "MSFT")
        assert [each.symbol for each in source.instruments] == ["MSFT"]
        assert await symbols(100) == {"MSFT"}
        source.keep(lambda _: False)
        assert source.instruments == []
