"""Quarters and days, which are made of minutes: whoever has them and the newest minute knows every tick."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.publisher.bars.plain_bars import decoded, final, plain
from tests.publisher.bars.test_forming import START, TICKS, Clock, walk
from tickcast.publisher.bars.forming import MAX_LONG_AGE, BarFormer
from tickcast.publisher.bars.long_bar import fits, without
from tickcast.publisher.bars.open_bar import open_bar
from tickcast.wire.bar import INTERVALS, Bar, decode_bar, encode_bar
from tickcast.wire.joined_bars import up_to
from tickcast.wire.tick import Tick

LONG = ("15m", "1d")
MINUTE = INTERVALS["1m"]
Newest = dict[str, dict[str, Bar]]


def keep(newest: Newest, sent: list[tuple[bytes, bytes]], all_: list[bytes]) -> None:
    """Keep what Redis would have after a batch with these bars."""
    for _, json in sent:
        bar = decode_bar(json)
        newest[bar.symbol][bar.interval] = bar
        all_.append(json)


def continued(newest: Newest) -> BarFormer:
    """Return what another publisher makes of the bars in Redis."""
    bars = BarFormer(Clock())
    for symbol, held in newest.items():
        minute = held["1m"]
        assert all(fits(held[interval], minute) for interval in LONG)
        restored = bars.of(symbol)
        restored.restore(open_bar(held["1s"]), without(minute, held["1s"]), minute.q)
        restored.restore_long({interval: held[interval] for interval in LONG}, minute)
    return bars


@given(
    TICKS.map(walk),
    st.frozensets(st.integers(0, 39)),
    st.frozensets(st.integers(0, 39)),
    st.frozensets(st.integers(0, 39)),
)
def test_a_long_bar_and_the_newest_minute_tell_every_tick_also_to_another_publisher(
    ticks: list[Tick], sweeps: frozenset[int], flushes: frozenset[int], takeovers: frozenset[int]
) -> None:
    clock = Clock()
    bars = BarFormer(clock)
    newest: Newest = defaultdict(dict)
    sent: list[bytes] = []
    counted: defaultdict[str, list[Tick]] = defaultdict(list)
    for place, tick in enumerate(ticks):
        if place in sweeps:
            clock.now += MAX_LONG_AGE
            keep(newest, bars.overdue(), sent)
        if place in flushes:
            keep(newest, bars.overdue(at_once=True), sent)
        if place in takeovers:
            bars = continued(newest)
            # Ticks that the bars in Redis lack come again, from the log.
            for symbol, seen in counted.items():
                count = newest[symbol]["1m"].q if symbol in newest else 0
                if count:
                    bars.of(symbol).set_previous(seen[count - 1])
                for q, each in enumerate(seen[count:], count + 1):
                    bars.of(symbol).add(each, q)
            bars.take_turned()
        counted[tick.symbol].append(tick)
        bars.of(tick.symbol).add(tick, len(counted[tick.symbol]))
        keep(newest, bars.take(), sent)
        for symbol, held in newest.items():
            for interval in LONG:
                now = up_to(held[interval], held["1m"])
                made = plain(counted[symbol][: now.q], interval)[-1]
                assert now.q == held["1m"].q
                assert decoded(encode_bar(now)) == made
    keep(newest, bars.overdue(at_once=True), sent)
    said = [decoded(json) for json in sent]
    for symbol, seen in counted.items():
        for interval in INTERVALS:
            assert final(said, symbol, interval) == plain(seen, interval)


def bar(interval: str, q: int, ticks: int, start: int = START) -> Bar:
    return Bar("A", interval, start, "1", "2", "1", "2", "10", ticks, q)


@pytest.mark.parametrize(
    ("long", "minute", "fitting"),
    [
        (bar("1d", 90, 50), bar("1m", 95, 5), True),
        (bar("1d", 90, 50), bar("1m", 98, 5), True),
        (bar("1d", 95, 50), bar("1m", 95, 5), True),
        (bar("1d", 93, 3), bar("1m", 95, 5), True),
        (bar("1d", 93, 50), bar("1m", 95, 5), False),
        (bar("1d", 95, 4), bar("1m", 95, 5), False),
        (bar("1d", 96, 6), bar("1m", 95, 5), False),
    ],
)
def test_a_long_bar_stands_beside_a_minute_before_it_or_level_or_begun_with_it(
    long: Bar, minute: Bar, fitting: bool
) -> None:
    assert fits(long, minute) is fitting
