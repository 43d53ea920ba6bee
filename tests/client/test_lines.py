"""Fields are checked at the call, and numbers keep their digits up to the line that is handed in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tickcast
from tickcast.client.lines import Line, description_line, retired_line, state_line, tick_line, tick_lines
from tickcast.wire.inbox import Description, decode_entry
from tickcast.wire.notice import SymbolState
from tickcast.wire.tick import Tick

NOON = datetime(2026, 11, 29, 12, 0, 0, 250_001, UTC)
NOON_US = 1_795_953_600_250_001


def tick_of(line: Line) -> Tick:
    """Return the tick that a publisher of the feed reads from a line."""
    entry = decode_entry({b"d": line.encode(line.symbol)}, 1)
    assert entry.faults == []
    return entry.ticks[0][0]


decimals = st.decimals(min_value=1 - 10**12, max_value=10**12 - 1, places=8, allow_nan=False)
floats = st.floats(-1e15, 1e15, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-300)
sizes = st.integers(0, 10**17)


@given(price=decimals, bid=floats, ask=st.integers(-(10**17), 10**17), volume=sizes)
def test_numbers_keep_their_digits_whatever_their_type(
    price: Decimal, bid: float, ask: int, volume: int
) -> None:
    tick = tick_of(tick_line("AAPL", price=str(price), bid=bid, ask=ask, volume=Decimal(volume)))
    assert tick == Tick("AAPL", tick.time, str(price), None, repr(bid), None, str(ask), None, str(volume))
    assert float(tick.bid or "") == bid
    assert tick_of(tick_line("AAPL", price=price)).price == str(price)


@pytest.mark.parametrize("price", ["427.90", "0.10", "1e-7", "-37.63", "123456789.12345678", "1E+3"])
def test_a_text_stays_as_it_is(price: str) -> None:
    assert tick_of(tick_line("CL", price=price)).price == price
    assert tick_of(tick_line("CL", price=Decimal(price))).price == str(Decimal(price))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (NOON, NOON_US),
        (NOON.astimezone(timezone(timedelta(hours=-5))), NOON_US),
        (NOON_US, NOON_US),
    ],
)
def test_a_time_is_exact_to_the_microsecond(given: Any, found: int) -> None:
    assert tick_of(tick_line("AAPL", price=1, time=given)).time == found


def test_no_time_is_now() -> None:
    before = datetime.now(UTC)
    time = tick_of(tick_line("AAPL", price=1)).time
    assert before <= datetime.fromtimestamp(time / 1e6 + 1e-6, UTC) < before + timedelta(seconds=60)


TICK: dict[str, Any] = {"symbol": "AAPL", "price": 1}

BAD: list[tuple[dict[str, Any], str]] = [
    ({"symbol": "A,B"}, r"symbol: not a symbol: 'A,B'; allowed are"),
    ({"symbol": 7}, "symbol: 7 is not a str"),
    ({"price": None}, "price: None is not a str, int, float or Decimal"),
    ({"price": True}, "price: True is not a str, int, float or Decimal"),
    ({"price": float("nan")}, "price: nan is not a number"),
    ({"price": Decimal("Infinity")}, r"price: Decimal\('Infinity'\) is not a number"),
    ({"price": "1,5"}, "price: '1,5' is not a number as in JSON"),
    ({"price": " 1"}, "price: ' 1' is not a number"),
    ({"price": 10**18}, "price: 1000000000000000000 is 1e18 or more"),
    ({"price": 10**5000}, "price: the value is not a number"),
    ({"price": "1.123456789012345678901"}, "price: '1.1234.*' has more than 20 digits"),
    ({"bid": "x"}, "bid: 'x' is not a number"),
    ({"ask": []}, r"ask: \[\] is not a str"),
    ({"size": -1}, "size: -1 is negative"),
    ({"bid_size": "-0.5"}, "bid_size: '-0.5' is negative"),
    ({"ask_size": -1.5}, "ask_size: -1.5 is negative"),
    ({"volume": Decimal(-1)}, r"volume: Decimal\('-1'\) is negative"),
    ({"time": datetime(2026, 1, 1)}, "time: .* has no time zone"),
    ({"time": NOON_US // 1000}, f"time: {NOON_US // 1000} is not a time since 2000; an int is in µs"),
    ({"time": NOON_US * 1000}, "time: .* is not a time since 2000"),
    ({"time": 1.5}, "time: 1.5 is not an int, µs since 1970, nor a datetime"),
]


@pytest.mark.parametrize(("fields", "says"), BAD, ids=[says for _, says in BAD])
def test_a_bad_field_is_named_with_its_value_and_what_is_allowed(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(tickcast.FieldError, match=f"^{says}"):
        tick_line(**TICK | fields)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: state_line("AAPL", "open"), "state: 'open' is none of live, stale, halted"),
        (lambda: description_line("AAPL", name="x" * 129), "name: .* is not a text of at most 128"),
        (lambda: description_line("AAPL", currency="U\n"), "currency: 'U.*' is not a text of at most 16"),
        (lambda: description_line("AAPL", tick=0), "tick: 0 is not above 0"),
        (lambda: description_line("AAPL", tick="1e-21"), "tick: 1e-21 has more than 20 decimal places"),
        (lambda: description_line("AAPL", reference=1e308), r"reference: 1e\+308 is 1e18 or more; a number"),
        (lambda: description_line("AAPL", reference="x"), "reference: 'x' is not a number"),
        (lambda: retired_line(""), "symbol: not a symbol: ''"),
        (lambda: list(tick_lines([TICK, {"symbol": "AAPL"}])), r"\[1\] price: missing"),
        (
            lambda: list(tick_lines([TICK | {"prise": 1}])),
            r"\[0\] 'prise': no field of a tick; there are symbol",
        ),
        (lambda: list(tick_lines([TICK | {"price": "x"}])), r"\[0\] price: 'x' is not a number"),
        (lambda: list(tick_lines(["AAPL"])), r"\[0\] 'AAPL' is not a dict"),  # type: ignore[list-item]
    ],
)
def test_what_is_no_tick_is_checked_as_well(make: Callable[[], object], says: str) -> None:
    with pytest.raises(tickcast.FieldError, match=f"^{says}"):
        make()


def test_a_field_error_is_a_value_error() -> None:
    assert issubclass(tickcast.FieldError, ValueError)


def test_descriptions_and_states_are_what_the_inbox_reads() -> None:
    full = description_line(
        "AAPL", 'Ap"ple é', "USD", Decimal("0.010"), 188.2, "0930-1600", "America/New_York"
    )
    entry = decode_entry(
        {
            b"i": full.encode("AAPL") + b"\n" + description_line("MSFT").encode("MSFT"),
            b"h": state_line("AAPL", "halted").encode("AAPL"),
            b"r": retired_line("AAPL").encode("AAPL"),
        },
        1,
    )
    assert entry.faults == []
    assert [each for each, _ in entry.descriptions] == [
        Description("AAPL", 'Ap"ple é', "0.010", "188.2", "USD", "0930-1600", "America/New_York"),
        Description("MSFT"),
    ]
    assert entry.states[0][0] == SymbolState("AAPL", "halted", 1)
    assert entry.retired[0][0] == "AAPL"


def test_a_tick_has_the_names_of_the_protocol() -> None:
    line = tick_line("AAPL", 1, NOON, 2, 3, 4, 5, 6, 7).encode("AAPL")
    assert json.loads(line) == {
        "S": "AAPL", "t": NOON_US, "p": 1, "s": 2, "bp": 3, "bs": 4, "ap": 5, "as": 6, "v": 7,
    }  # fmt: skip
