"""The rules by which a client judges its bars."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.cli.verify.bar_check import BarCheck
from tickcast.cli.verify.stream_check import StreamCheck
from tickcast.cli.verify.tick_history import TickHistory
from tickcast.client.sse import Event
from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.bars.trading_day import trading_day
from tickcast.wire.bar import INTERVALS, bar_key
from tickcast.wire.tick import Tick, encode_tick

START = 1_795_384_800_000_000


def stream(*ticks: Tick, interval: str = "1s") -> list[tuple[str, str]]:
    """Return the events of a feed of one symbol, as a publisher makes them, with bars of one interval."""
    bars, events = BarFormer(), []
    for q, tick in enumerate(ticks, 1):
        bars.of(tick.symbol).add(tick, q)
        events.append(("tick", encode_tick(tick, q).decode()))
        events += [("bar", bar.decode()) for key, bar in bars.take() if key == bar_key(b"A", interval)]
    return events


def tick(seconds: float, price: str = "1", **fields: str) -> Tick:
    return Tick("A", START + round(seconds * 1e6), price, **fields)


DAY = stream(
    *(tick(n / 4, f"{5 + n % 3}", size=str(n), bid=str(n // 2), volume=str(n // 3)) for n in range(20))
)
LAST_BAR = max(place for place, (kind, _) in enumerate(DAY) if kind == "bar")
HELLO = ("hello", '{"resumed":"live"}')
GAP = ("gap", '{"reason":"slow"}')


def check(
    events: list[tuple[str, str]], history: TickHistory | None = None, interval: str = "1s"
) -> StreamCheck:
    subject = StreamCheck(0, BarCheck(interval, history or TickHistory()))
    for kind, data in events:
        subject.on_event(Event(kind.encode(), data.encode(), b"c"))
    return subject


def changed(place: int, **members: Any) -> list[tuple[str, str]]:
    """Return the events with other members in one bar."""
    events = list(DAY)
    events[place] = ("bar", json.dumps(json.loads(events[place][1]) | members, separators=(",", ":")))
    return events


def test_what_a_publisher_makes_is_right() -> None:
    found = check(DAY).findings
    assert (found.faults, found.bars.seen, found.bars.checked, found.bars.partial) == (0, 4, 3, 0)


@given(
    st.lists(
        st.builds(
            lambda step, price, size, bid, volume: (step, price, size, bid, volume),
            st.integers(-70_000_000, 3_000_000)
            | st.integers(0, 500_000)
            | st.sampled_from([-3_600_000_000, 60_000_000, 900_000_000, 50_000_000_000]),
            st.sampled_from(["1", "1.0", "2", "0.5"]),
            st.none() | st.sampled_from(["1", "2.5"]),
            st.none() | st.sampled_from(["1", "2"]),
            st.none() | st.sampled_from(["7", "8.25"]),
        ),
        max_size=30,
    ),
    st.sampled_from(list(INTERVALS)),
)
def test_whatever_the_ticks_are_both_ways_of_putting_them_together_agree(
    steps: list[Any], interval: str
) -> None:
    time, ticks = START, []
    for step, price, size, bid, volume in steps:
        time += step
        ticks.append(Tick("A", time, price, size, bid, volume=volume))
    found = check(stream(*ticks, interval=interval), interval=interval).findings.bars
    assert not found.wrong
    assert not found.partial


def test_a_day_of_25_hours_is_checked_to_its_end() -> None:
    days = trading_day("0930-1600", "America/New_York")
    begin = days.start(1_793_500_000_000_000)  # October 31, 2026: clocks are set back in the night
    hours = [Tick("A", begin + hour * 3_600_000_000, f"{hour + 1}") for hour in range(26)]
    bars, events = BarFormer(), []
    bars.set_days("A", days)
    for q, each in enumerate(hours, 1):
        bars.of("A").add(each, q)
        events.append(("tick", encode_tick(each, q).decode()))
        events += [("bar", bar.decode()) for key, bar in bars.take() if key == b"A\t1d"]
    events += [("bar", bar.decode()) for key, bar in bars.overdue(at_once=True) if key == b"A\t1d"]
    found = check(events, interval="1d").findings.bars
    assert (found.checked, dict(found.wrong)) == (1, {})
    assert json.loads(events[-1][1])["n"] == 1


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"o": 9}, "open"),
        ({"h": 9}, "high"),
        ({"l": 1}, "low"),
        ({"c": 9}, "close"),
        ({"v": 9999}, "volume"),
        ({"v": None}, "volume"),
        ({"t": START + 7_000_000}, "another time"),
    ],
)
def test_a_bar_that_its_ticks_do_not_make_is_wrong(members: dict[str, Any], fault: str) -> None:
    place = next(place for place, (kind, _) in enumerate(DAY) if kind == "bar")
    found = check(changed(place, **members)).findings
    assert found.faults == found.bars.wrong.total() > 0
    assert any(fault in words for words in found.bars.wrong)


def test_a_bar_that_lacks_a_tick_breaks_the_chain() -> None:
    second = [place for place, (kind, _) in enumerate(DAY) if kind == "bar"][1]
    assert "begin where the bar before it ended" in " ".join(check(changed(second, n=3)).findings.bars.wrong)


def test_a_missing_bar_breaks_the_chain() -> None:
    second = [place for place, (kind, _) in enumerate(DAY) if kind == "bar"][1]
    assert check(DAY[:second] + DAY[second + 1 :]).findings.bars.wrong.total() == 1


def test_a_bar_that_comes_before_its_ticks_is_wrong() -> None:
    bar = DAY[LAST_BAR]
    events = [event for event in DAY if event != bar]
    events.insert(LAST_BAR - 2, bar)
    assert check(events).findings.bars.wrong == {"a bar came before its ticks": 1}


def test_a_bar_that_goes_back_is_wrong() -> None:
    first = next(event for event in DAY if event[0] == "bar")
    assert check([*DAY, first]).findings.bars.wrong == {"a bar went back": 1}


def test_a_forming_bar_must_keep_its_beginning() -> None:
    again = json.loads(DAY[LAST_BAR][1]) | {"n": 2}
    assert check([*DAY, ("bar", json.dumps(again))]).findings.bars.wrong == {
        "a bar changed its first tick": 1
    }


def test_a_client_that_comes_in_the_midst_of_a_bar_judges_from_the_next_one_on() -> None:
    late = [("snapshot", f"[{DAY[1][1]}]"), *DAY[2:]]
    found = check([HELLO, *late]).findings
    assert (found.faults, found.bars.partial, found.bars.checked) == (0, 1, 2)


def test_an_announced_gap_excuses_what_it_must_and_an_unannounced_gap_nothing() -> None:
    first, *_, last = [place for place, (kind, _) in enumerate(DAY) if kind == "bar"]
    before = [event for event in DAY[: last - 1] if event[0] == "tick"][-1]
    snapshot = ("snapshot", f"[{before[1]}]")
    found = check([*DAY[: first + 1], GAP, snapshot, *DAY[last - 1 :]]).findings
    assert (found.faults, found.bars.partial) == (0, 1)
    assert check([*DAY[: first + 1], *DAY[last - 1 :]]).findings.bars.wrong


def test_a_tape_serves_many_clients() -> None:
    history = TickHistory()
    for _ in range(3):
        found = check(DAY, history).findings
        assert (found.faults, found.bars.checked) == (0, 3)


def test_a_bar_of_another_interval_or_none_at_all_is_malformed() -> None:
    bar = DAY[LAST_BAR][1].replace('"1s"', '"1m"').replace(f'"t":{START // 10**6}', '"t":0')
    for wrong in (bar, "{}", "x"):
        assert check([*DAY, ("bar", wrong)]).findings.malformed == 1


def test_in_another_epoch_a_q_names_another_tick() -> None:
    begun = ("hello", '{"resumed":"live","epoch":"0a0a0a0a0a0a"}')
    lost = ("gap", '{"reason":"feed","epoch":"0b0b0b0b0b0b"}')
    other = stream(*(tick(n / 4, f"{7 + n % 2}") for n in range(20)))
    found = check([begun, *DAY, lost, ("snapshot", "[]"), *other]).findings
    assert (found.faults, found.bars.wrong, found.bars.checked) == (0, {}, 6)
