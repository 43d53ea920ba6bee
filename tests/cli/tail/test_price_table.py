"""What `tail` draws."""

from rich.console import Console

from tickcast.cli.tail.price_table import PriceTable


def drawn(table: PriceTable) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(table.render())
    return capture.get()


def test_a_row_keeps_the_digits_and_shows_change_and_direction() -> None:
    table = PriceTable()
    table.quotes.describe([{"S": "A", "ref": "1.00"}])
    table.on_event("snapshot", '[{"S":"A","q":1,"t":1,"p":1.20,"bp":1.190,"ap":1.21}]')
    table.on_event("tick", '{"S":"A","q":2,"t":2,"p":1.10,"bp":1.090,"ap":1.11}')
    row = next(line for line in drawn(table).splitlines() if line.startswith("A"))
    assert row.split()[:7] == ["A", "1.10", "▼", "+10.00", "%", "1.090", "1.11"]


def test_what_rises_is_up_where_prices_are_below_zero() -> None:
    table = PriceTable()
    table.quotes.describe([{"S": "A", "ref": "-10"}])
    table.on_event("tick", '{"S":"A","q":1,"t":1,"p":-9.01}')
    assert "+9.90 %" in drawn(table)


def test_only_symbols_that_ticked_have_a_row() -> None:
    table = PriceTable()
    table.quotes.describe([{"S": "A", "ref": "1"}, {"S": "B", "ref": "1"}])
    table.on_event("tick", '{"S":"B","q":2,"t":2,"p":1.10}')
    assert [quote.symbol for quote in table.quotes] == ["B"]


def test_it_says_in_words_what_is_going_on() -> None:
    table = PriceTable()
    table.on_event("hello", '{"gateway":"gw-2","resumed":"replayed"}')
    assert "connected to gw-2, nothing missed" in drawn(table)
    table.on_event("status", '{"feed":"stale","age":3120,"reason":"no heartbeat"}')
    assert "feed stale for 3.1 s: no heartbeat" in drawn(table)
    table.on_event("gap", '{"reason":"slow"}')
    assert "ticks are missing: slow" in drawn(table)
    table.set_connection("connection lost; again in 1.0 s")
    assert "ticks are missing" not in drawn(table)
    assert "again in 1.0 s" in drawn(table)


def test_events_it_does_not_know_change_nothing() -> None:
    table = PriceTable()
    before = drawn(table)
    table.on_event("weather", '{"sun":true}')
    assert drawn(table) == before
