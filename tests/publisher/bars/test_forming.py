"""Bars against a plain aggregation of all their ticks, and when they are sent."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.publisher.bars.plain_bars import decoded, final, plain
from tickcast.publisher.bars.forming import (
    BATCH_BARS,
    MAX_LONG_AGE,
    MAX_UNSENT_AGE,
    SWEEP_INTERVAL,
    BarFormer,
    batches,
)
from tickcast.wire.bar import INTERVALS, decode_bar
from tickcast.wire.tick import Tick

START = 1_795_384_800_000_000
SECOND = INTERVALS["1s"]


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def formed(ticks: list[Tick], sweeps: frozenset[int] = frozenset()) -> list[dict[str, Any]]:
    """Return all that is sent when `ticks` come, with a sweep before some of them and one at the end."""
    clock = Clock()
    bars = BarFormer(clock)
    found: list[tuple[bytes, bytes]] = []
    counts: defaultdict[str, int] = defaultdict(int)
    for place, tick in enumerate(ticks):
        if place in sweeps:
            clock.now += MAX_UNSENT_AGE
            found += bars.overdue()
        counts[tick.symbol] += 1
        bars.of(tick.symbol).add(tick, counts[tick.symbol])
        found += bars.take()
    found += bars.overdue(at_once=True)
    assert all(decode_bar(text) for _, text in found)
    return [decoded(text) for _, text in found]


PRICES = st.sampled_from(["1", "1.0", "1.00", "0.1", "2", "-3", "1e2", "100.0", "1.0000000000000000000001"])
SIZES = st.none() | st.sampled_from(["1", "2", "0.1", "0.20", "1e3", "0.0000000001"])
STEPS = st.one_of(
    st.integers(0, 999_999),
    st.integers(-70 * SECOND, 90 * SECOND),
    st.sampled_from([-61 * SECOND, -SECOND, 14 * 60 * SECOND, -3600 * SECOND, 23 * 3600 * SECOND]),
)
TICKS = st.lists(
    st.builds(
        Tick,
        st.sampled_from(["A", "B/C"]),
        STEPS,
        PRICES,
        SIZES,
        SIZES,
        SIZES,
        SIZES,
        SIZES,
        st.none() | st.sampled_from(["5", "6", "7.5"]),
    ),
    min_size=1,
    max_size=40,
)


def walk(ticks: list[Tick]) -> list[Tick]:
    """Turn the steps in time into times."""
    time, found = START, []
    for tick in ticks:
        time += tick.time
        found.append(tick._replace(time=time))
    return found


@given(TICKS.map(walk), st.frozensets(st.integers(0, 39)))
def test_bars_are_what_a_plain_aggregation_makes_of_all_ticks(
    ticks: list[Tick], sweeps: frozenset[int]
) -> None:
    sent = formed(ticks, sweeps)
    for symbol in {tick.symbol for tick in ticks}:
        for interval in INTERVALS:
            found = final(sent, symbol, interval)
            expected = plain([tick for tick in ticks if tick.symbol == symbol], interval)
            assert found == expected


@given(TICKS.map(walk), st.frozensets(st.integers(0, 39)))
def test_bars_prove_that_they_saw_every_tick(ticks: list[Tick], sweeps: frozenset[int]) -> None:
    sent = formed(ticks, sweeps)
    for symbol in {tick.symbol for tick in ticks}:
        for interval in INTERVALS:
            seen = 0
            for bar in final(sent, symbol, interval):
                assert int(bar["q"]) - int(bar["n"]) == seen
                seen = int(bar["q"])
            assert seen == sum(tick.symbol == symbol for tick in ticks)


def tick(seconds: float, price: str = "1", **fields: str) -> Tick:
    return Tick("A", START + round(seconds * SECOND), price, **fields)


SHORT, LONG = ("1s", "1m"), ("15m", "1d")


def shown(bars: list[tuple[bytes, bytes]], intervals: tuple[str, ...]) -> list[tuple[str, int, str]]:
    """Return interval, start in seconds after START, and ticks of each bar of some intervals."""
    found = [decoded(text) for _, text in bars]
    return [(bar["i"], (int(bar["t"]) - START) // SECOND, bar["n"]) for bar in found if bar["i"] in intervals]


def sent_after(*ticks: Tick, intervals: tuple[str, ...] = SHORT) -> list[tuple[str, int, str]]:
    bars = BarFormer(Clock())
    for q, each in enumerate(ticks, 1):
        bars.take()
        bars.of("A").add(each, q)
    return shown(bars.take(), intervals)


def test_a_tick_of_a_later_second_sends_the_bars_that_it_ends() -> None:
    assert sent_after(tick(0), tick(0.9)) == []
    assert sent_after(tick(0), tick(0.9), tick(1)) == [("1m", 0, "2"), ("1s", 0, "2")]
    assert sent_after(tick(0), tick(1), tick(2)) == [("1m", 0, "2"), ("1s", 1, "1")]
    assert sent_after(tick(0), tick(59), tick(60)) == [("1m", 0, "2"), ("1s", 59, "1")]


def test_a_late_tick_counts_into_the_current_bar() -> None:
    assert sent_after(tick(60), tick(0), tick(61)) == [("1m", 60, "2"), ("1s", 60, "2")]


def test_a_tick_more_than_a_minute_late_begins_a_bar_of_its_own_time() -> None:
    assert sent_after(tick(120), tick(59.9)) == [("1m", 120, "1"), ("1s", 120, "1")]
    assert sent_after(tick(120), tick(59.9), tick(60)) == [("1m", 0, "1"), ("1s", 59, "1")]


def test_what_was_sent_and_has_not_changed_is_not_sent_again() -> None:
    clock = Clock()
    bars = BarFormer(clock)
    bars.of("A").add(tick(0), 1)
    clock.now += MAX_UNSENT_AGE
    assert len(bars.overdue()) == 4
    bars.of("A").add(tick(1), 2)
    assert bars.take() == []


def test_a_quiet_symbol_is_sent_before_two_seconds_have_passed() -> None:
    assert MAX_UNSENT_AGE + SWEEP_INTERVAL < 2
    clock = Clock()
    bars = BarFormer(clock)
    bars.of("A").add(tick(0), 1)
    clock.now += MAX_UNSENT_AGE - 0.01
    assert bars.overdue() == []
    clock.now += 0.02
    assert shown(bars.overdue(), SHORT) == [("1m", 0, "1"), ("1s", 0, "1")]
    assert bars.overdue(at_once=True) == []
    bars.of("A").add(tick(0.5), 2)
    clock.now += MAX_UNSENT_AGE
    assert shown(bars.overdue(), SHORT) == [("1m", 0, "2"), ("1s", 0, "2")]


def test_a_sweep_is_bounded_and_goes_on_where_it_stopped() -> None:
    clock = Clock()
    bars = BarFormer(clock)
    for n in range(BATCH_BARS):
        bars.of(f"S{n}").add(Tick(f"S{n}", START, "1"), 1)
    clock.now += MAX_UNSENT_AGE
    keys = []
    while found := bars.overdue():
        assert len(found) <= BATCH_BARS
        keys += [key for key, _ in found]
    assert len(set(keys)) == len(keys) == len(INTERVALS) * BATCH_BARS


def test_a_quarter_and_a_day_are_sent_when_they_begin_and_when_a_minute_of_them_ends() -> None:
    # START is three hours after the hour: the day is older, the quarter begins there.
    day = -START // SECOND % 86_400 - 86_400
    first = sent_after(tick(0), tick(1), intervals=LONG)
    assert first == [("1d", day, "1"), ("15m", 0, "1")]
    assert sent_after(tick(0), tick(1), tick(2), intervals=LONG) == []
    assert sent_after(tick(0), tick(1), tick(61), intervals=LONG) == [("1d", day, "2"), ("15m", 0, "2")]
    assert sent_after(tick(0), tick(60), tick(61), intervals=LONG) == []
    # The quarter that begins is sent at once, the day when its minute has ended.
    assert sent_after(tick(0), tick(900), tick(901), intervals=LONG) == [("15m", 900, "1")]
    assert sent_after(tick(0), tick(900), tick(960), intervals=LONG) == [("1d", day, "2"), ("15m", 900, "1")]


def test_quarter_and_day_of_a_quiet_symbol_are_sent_within_two_minutes_and_then_with_its_minute() -> None:
    clock = Clock()
    bars = BarFormer(clock)
    for q, at in enumerate((0, 60), 1):
        bars.of("A").add(tick(at), q)
    bars.take()
    clock.now += MAX_UNSENT_AGE
    assert shown(bars.overdue(), (*SHORT, *LONG)) == [("1m", 60, "1"), ("1s", 60, "1")]
    clock.now += MAX_LONG_AGE
    assert [each[0] for each in shown(bars.overdue(), (*SHORT, *LONG))] == ["1d", "15m"]
    clock.now += 10 * MAX_LONG_AGE
    assert bars.overdue() == []
    # Nobody could tell what a later state of the minute has beside that which they have.
    bars.of("A").add(tick(61), 3)
    bars.of("A").add(tick(62), 4)
    assert [each[0] for each in shown(bars.take(), (*SHORT, *LONG))] == ["1d", "15m", "1m", "1s"]


def test_bars_that_are_sent_together_stay_in_one_batch() -> None:
    bars = BarFormer(Clock())
    for n in range(BATCH_BARS):
        for q, at in enumerate((0, 60, 61), 1):
            bars.of(f"S{n}").add(Tick(f"S{n}", START + at * SECOND, "1"), q)
    formed = bars.take()
    divided = list(batches(formed))
    assert [bar for batch in divided for bar in batch] == formed
    assert len(divided) > 2
    for batch in divided:
        assert len(batch) <= BATCH_BARS + len(INTERVALS)
        assert batch[-1][0].endswith(b"\t1s")
    assert list(batches([])) == []


def test_without_sizes_and_volumes_a_bar_has_no_volume() -> None:
    assert "v" not in formed([tick(0)])[0]
    assert formed([tick(0), tick(1, size="5")])[-1]["v"] == 5


def test_a_repeated_trade_with_another_quote_counts_once() -> None:
    ticks = [tick(0, size="5", bid="1"), tick(0.1, size="5", bid="2"), tick(0.2, size="5", bid="2")]
    assert formed(ticks)[-1]["v"] == 10


def test_the_volume_of_the_day_tells_what_was_traded() -> None:
    quotes = [tick(0, size="5", volume="100"), tick(0.1, size="5", volume="100")]
    assert formed(quotes)[-1]["v"] == 5
    assert formed([*quotes, tick(0.2, size="5", volume="105")])[-1]["v"] == 10
    without = [tick(0, volume="100"), tick(0.1, volume="100.5"), tick(0.2, volume="0")]
    assert formed(without)[-1]["v"] == Decimal("0.5")
