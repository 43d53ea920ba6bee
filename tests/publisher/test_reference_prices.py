"""The reference price of a symbol: what the source gives, and the close of a day once that has turned."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.publisher.conftest import Publishing
from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.sequencer import Sequencer
from tickcast.wire.bar import INTERVALS, bar_key, decode_bar
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument, decode_instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.notice import Retired
from tickcast.wire.tick import Tick

DAY, HOUR = INTERVALS["1d"], 3_600_000_000
MONDAY = 1_795_384_800_000_000 // DAY * DAY
Start = Callable[..., Publishing]


def numbering(*described: Instrument) -> Sequencer:
    sequencer = Sequencer(1, {0: BarFormer()})
    sequencer.mark_described(described)
    return sequencer


def at(hours: float, price: str, symbol: str = "A") -> Tick:
    """Return a tick so many hours after Monday, midnight UTC."""
    return Tick(symbol, MONDAY + round(hours * HOUR), price)


def references(chunk: Chunk) -> list[tuple[str, str, str]]:
    return [(each.symbol, each.reference, each.given) for each in chunk.instruments]


def test_the_first_tick_of_another_day_makes_the_last_price_the_reference() -> None:
    sequencer = numbering()
    assert references(sequencer.encode([at(1, "5.0"), at(2, "6.0")])[0]) == [("A", "5.0", "")]
    assert references(sequencer.encode([at(23.99, "7.0"), at(24, "9.0"), at(25, "9.5")])[0]) == [
        ("A", "7.0", "")
    ]
    assert references(sequencer.encode([at(47, "9.9")])[0]) == []
    # After two days without a tick it is the last price that there was.
    assert references(sequencer.encode([at(97, "1.0")])[0]) == [("A", "9.9", "")]


def test_what_the_source_gave_for_one_day_gives_way_to_its_close() -> None:
    sequencer = numbering(Instrument("A", "Alpha", "0.1", "4.5", "USD"))
    assert references(sequencer.encode([at(1, "5.0")])[0]) == []
    assert sequencer.encode([at(24, "6.0")])[0].instruments == [
        Instrument("A", "Alpha", "0.1", "5.0", "USD", given="4.5")
    ]
    assert references(sequencer.encode([at(48, "7.0")])[0]) == [("A", "6.0", "4.5")]


def test_an_official_close_is_given_after_the_last_tick_of_its_day_or_later() -> None:
    sequencer = numbering()
    sequencer.encode([at(1, "5.0")])
    assert sequencer.describe(Description("A", reference="5.1")).reference == "5.1"
    assert references(sequencer.encode([at(24, "6.0")])[0]) == []
    # A tick came between: it was given for the day that ends now.
    sequencer.describe(Description("A", reference="5.2"))
    sequencer.encode([at(25, "6.5")])
    assert references(sequencer.encode([at(48, "7.0")])[0]) == [("A", "6.5", "")]
    assert sequencer.describe(Description("A", reference="6.6")).reference == "6.6"
    assert references(sequencer.encode([at(49, "7.5")])[0]) == []


def test_a_day_turns_with_the_session_that_is_said_and_at_midnight_where_it_cannot_be_read() -> None:
    sequencer = numbering()
    sequencer.encode([at(1, "5.0", symbol) for symbol in "AB"])
    sequencer.describe(Description("A", session="0930-1600", timezone="America/New_York"))
    with capture_logs() as logs:
        sequencer.describe(Description("B", session="0930-1600", timezone="Gotham"))
    assert [each["symbol"] for each in logs] == ["B"]
    assert "Gotham" in logs[0]["error"]
    # The session turns at 14:30 in November; its first day began at midnight.
    assert references(sequencer.encode([at(14.4, "6.0", symbol) for symbol in "AB"])[0]) == []
    assert references(sequencer.encode([at(14.5, "7.0", symbol) for symbol in "AB"])[0]) == [("A", "6.0", "")]
    assert references(sequencer.encode([at(24, "8.0", symbol) for symbol in "AB"])[0]) == [("B", "7.0", "")]


def test_no_day_turns_when_a_clock_is_set_back() -> None:
    sequencer = numbering()
    sequencer.encode([at(25, "5.0")])
    assert references(sequencer.encode([at(1, "6.0"), at(2, "7.0")])[0]) == []
    assert references(sequencer.encode([at(24.5, "8.0")])[0]) == [("A", "7.0", "")]


def test_without_bars_the_reference_stays() -> None:
    sequencer = Sequencer(1)
    sequencer.encode([at(1, "5.0")])
    assert references(sequencer.encode([at(25, "6.0")])[0]) == []


def test_a_symbol_that_returns_has_its_session_and_no_day_before() -> None:
    sequencer = numbering(Instrument("A", "A", "0.1", "4.5", "", "0930-1600", "America/New_York"))
    sequencer.encode([at(15, "5.0")])
    sequencer.say([Retired("A", "source")])
    assert references(sequencer.encode([at(40, "6.0")])[0]) == [("A", "4.5", "")]
    assert references(sequencer.encode([at(62, "7.0")])[0]) == []
    assert references(sequencer.encode([at(62.5, "8.0")])[0]) == [("A", "7.0", "4.5")]


@pytest.mark.parametrize(("given", "reference"), [("4.5", "5"), ("4.8", "4.8")])
async def test_what_a_source_repeats_when_it_starts_is_older_than_the_close_and_what_it_changes_is_newer(
    valkey: Any, valkey_url: str, publishing: Start, given: str, reference: str
) -> None:
    async def run(given: str, *ticks: Tick) -> Instrument:
        publisher = publishing(valkey_url)
        publisher.source.instruments = [Instrument("A", "Alpha", "0.5", given, "USD")]
        for each in (list(ticks), None):
            publisher.source.queue.put_nowait(each)
        await publisher.task
        return decode_instrument(await valkey.hget(names.symbols(0), "A"))

    assert (await run("4.5", at(1, "5"))).reference == "4.5"
    # The day turns with the first tick after a takeover.
    assert (await run("4.5", at(24, "6"))).reference == "5"
    assert (await run(given, at(25, "7"))).reference == reference
    days = await valkey.lrange(names.bar_list(0, bar_key(b"A", "1d")), 0, -1)
    assert [decode_bar(bar).close for bar in days] == ["5"]
