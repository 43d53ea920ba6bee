"""What a line says of a symbol: name, currency, tick size, reference price, state, and that it is gone."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.snippets import block
from tests.support.ticks import DAY
from tickcast.publisher.source import Retire, SourceItem, SourceOptions, State
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import LineReader
from tickcast.publisher.sources.lines import LineSplitter
from tickcast.publisher.sources.replay import replay
from tickcast.publisher.sources.times import Times
from tickcast.wire.inbox import Description
from tickcast.wire.tick import Tick

APPLE = (
    b'{"S":"AAPL","name":"Apple","ccy":"USD","tick":0.010,"ref":188.2,'
    b'"session":"0930-1600","tz":"America/New_York"}'
)
TICK = b'{"S":"AAPL","t":%d,"p":1.50}' % DAY


def read(*lines: bytes) -> tuple[list[SourceItem], list[str]]:
    """Return what lines hold, and the reasons for which others are malformed."""
    reader = LineReader(Complaints("stdin", "lines"), Times())
    with capture_logs() as logs:
        items = reader.items(LineSplitter().feed(b"\n".join([*lines, b""])))
    return items, [log["reason"] for log in logs]


def test_a_line_without_a_price_describes_its_symbol_in_order_every_digit_kept() -> None:
    assert read(TICK, APPLE, TICK, b'{"S":"MSFT","name":"Microsoft"}') == (
        [
            Tick("AAPL", DAY, "1.50"),
            Description("AAPL", "Apple", "0.010", "188.2", "USD", "0930-1600", "America/New_York"),
            Tick("AAPL", DAY, "1.50"),
            Description("MSFT", "Microsoft"),
        ],
        [],
    )


def test_a_line_with_a_price_is_a_tick_whatever_else_it_says() -> None:
    assert read(TICK[:-1] + b',"name":5,"state":"halted","retire":true}') == ([Tick("AAPL", DAY, "1.50")], [])


def test_a_line_may_halt_a_symbol_and_another_may_retire_it() -> None:
    halted, gone = b'{"S":"aapl","state":"halted","name":"Apple"}', b'{"S":"aapl","retire":true}'
    assert read(halted, gone)[0] == [Description("AAPL", "Apple"), State("AAPL", "halted"), Retire("AAPL")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"S":"A","name":"%s"}' % (b"x" * 129), "name: a text of at most 128 characters is needed"),
        (b'{"S":"A","name":["Apple"]}', "name: a text of at most 128 characters is needed"),
        (b'{"S":"A","ccy":"12345678901234567"}', "ccy: a text of at most 16 characters is needed"),
        (b'{"S":"A","tick":0}', "tick: 0 is not above 0"),
        (b'{"S":"A","tick":"x"}', "tick: 'x' is not a JSON number of at most 32 characters"),
        (b'{"S":"A","ref":"x"}', "ref: 'x' is not a JSON number of at most 32 characters"),
        (b'{"name":"Apple"}', "S: a symbol is needed, a text"),
        (b'{"S":"A,B","name":"Apple"}', "S: not a symbol"),
        (b'{"S":"A","state":"asleep"}', "state: 'asleep' is none of"),
        (b'{"S":"A","retire":1}', "retire: may only be true"),
        (b'{"retire":true}', "S: a symbol is needed, a text"),
        (b'{"S":"A","t":1}', "p: missing; a tick needs S, t and p"),
    ],
)
def test_a_bad_description_is_told_with_its_reason_and_the_next_line_counts(line: bytes, reason: str) -> None:
    items, [told] = read(line, TICK)
    assert told.startswith(reason)
    assert items == [Tick("AAPL", DAY, "1.50")]


def row(text: str) -> bytes:
    return f"{text},{DAY}".encode()


def test_a_table_describes_a_symbol_at_its_first_row_and_where_that_changes() -> None:
    items, reasons = read(
        b"S,p,name,currency,tick,reference,t",
        row("aapl,1,Apple,USD,0.01,188.2"),
        row("aapl,2,Apple,USD,0.01,188.2"),
        row("MSFT,3,,,,"),
        row("aapl,4,,,,"),
        row('aapl,5,"Apple, Inc.",USD,0.01,188.2'),
    )
    assert reasons == []
    apple = Description("AAPL", "Apple", "0.01", "188.2", "USD")
    prices = [item.price if isinstance(item, Tick) else item for item in items]
    assert prices == [apple, "1", "2", "3", "4", apple._replace(name="Apple, Inc."), "5"]


def test_short_names_of_columns_mean_the_same() -> None:
    items, _ = read(b"S,p,ccy,ref,t", row("AAPL,1,USD,188.2"))
    assert items[0] == Description("AAPL", reference="188.2", currency="USD")


def test_a_bad_description_in_a_table_is_told_once_and_costs_no_tick() -> None:
    items, reasons = read(
        b"S,p,name,tick,t", row("A,1,Apple,none"), row("A,2,Apple,none"), row("A,3,Apple,0.5")
    )
    assert reasons == ["tick: 'none' is not a JSON number of at most 32 characters"]
    assert [item.price for item in items if isinstance(item, Tick)] == ["1", "2", "3"]
    assert items[2] == Description("A", "Apple", "0.5")


async def test_a_list_of_a_replay_holds_ticks_or_what_is_said_of_symbols_in_order(tmp_path: Path) -> None:
    file = tmp_path / "day"
    gone = b'{"S":"AAPL","retire":true}'
    file.write_bytes(b"\n".join([APPLE, gone, TICK, TICK, APPLE, TICK, gone]))
    lists = [
        [type(item) for item in items] async for items in replay(SourceOptions(file=str(file), speed=None))
    ]
    assert lists == [[Description, Retire], [Tick, Tick], [Description], [Tick], [Retire]]


def test_the_lines_of_the_docs_describe_halt_and_retire() -> None:
    complaints = Complaints("stdin", "lines")
    lines = block("docs/sources.md", "Descriptions").encode().splitlines()
    items = LineReader(complaints, Times()).items(enumerate(lines, 1))
    assert [type(each).__name__ for each in items] == ["Description", "State", "Retire"]
    assert complaints.count == 0
