"""What `tail` draws."""

from tickcast.cli.tail.page import Page, Size
from tickcast.cli.tail.price_table import PriceTable


def drawn(table: PriceTable) -> str:
    lines = Page().lines(table.words, "", list(table.quotes), Size(100, 24))
    return "\n".join(line.plain for line in lines)


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


def openings(table: PriceTable) -> None:
    table.on_event("hello", '{"gateway":"g","resumed":"new","epoch":"0a0a0a0a0a0a"}')
    table.on_event("snapshot", '[{"S":"A","q":413,"t":1,"p":9},{"S":"B","q":5,"t":1,"p":3}]')


def prices(table: PriceTable) -> dict[str, str | None]:
    return {quote.symbol: quote.last for quote in table.quotes}


def test_a_feed_that_starts_over_leaves_no_old_price() -> None:
    table = PriceTable()
    openings(table)
    table.on_event("gap", '{"reason":"feed","epoch":"0b0b0b0b0b0b"}')
    table.on_event("snapshot", '[{"S":"A","q":1,"t":2,"p":7}]')
    assert prices(table) == {"A": "7"}
    table.on_event("hello", '{"gateway":"g","resumed":"reset","epoch":"0b0b0b0b0b0b"}')
    assert prices(table) == {}


def test_within_an_epoch_an_older_tick_replaces_a_newer_one_only_after_a_loss_of_the_feed() -> None:
    table = PriceTable()
    openings(table)
    table.on_event("gap", '{"reason":"slow","epoch":"0a0a0a0a0a0a"}')
    table.on_event("snapshot", '[{"S":"A","q":400,"t":2,"p":7}]')
    assert prices(table) == {"A": "9", "B": "3"}
    table.on_event("gap", '{"reason":"feed","epoch":"0a0a0a0a0a0a"}')
    table.on_event("snapshot", '[{"S":"A","q":400,"t":2,"p":7}]')
    assert prices(table) == {"A": "7", "B": "3"}


def test_without_an_epoch_any_gap_lets_q_begin_again() -> None:
    table = PriceTable()
    table.on_event("tick", '{"S":"A","q":413,"t":1,"p":9}')
    table.on_event("gap", '{"reason":"slow"}')
    table.on_event("tick", '{"S":"A","q":1,"t":2,"p":7}')
    assert prices(table) == {"A": "7"}


def test_it_says_in_words_what_is_going_on() -> None:
    table = PriceTable()
    table.on_event("hello", '{"gateway":"gw-2","resumed":"replayed"}')
    assert "connected to gw-2, nothing missed" in drawn(table)
    table.on_event("status", '{"feed":"stale","age":3120,"reason":"no heartbeat"}')
    assert "feed stale: no heartbeat (newest ticks 3.1 s old)" in drawn(table)
    table.on_event("gap", '{"reason":"slow"}')
    assert "ticks are missing: slow" in drawn(table)
    table.set_connection("connection lost; again in 1.0 s")
    assert "ticks are missing" not in drawn(table)
    assert "again in 1.0 s" in drawn(table)


def test_a_stale_feed_whose_age_is_not_known_is_called_stale() -> None:
    table = PriceTable()
    table.on_event("status", '{"feed":"live","age":10}')
    table.on_event("status", '{"feed":"stale","age":null,"reason":"no heartbeat"}')
    assert "feed stale: no heartbeat · 0 ticks" in drawn(table)
    assert "feed live" not in drawn(table)


def test_the_state_of_the_feed_is_shown_from_hello_on() -> None:
    table = PriceTable()
    table.on_event("hello", '{"gateway":"g","resumed":"new","feed":"stale"}')
    assert "connected to g · feed stale · 0 ticks" in drawn(table)
    table.on_event("hello", '{"gateway":"g","resumed":"new","feed":"live"}')
    assert "connected to g · feed live · 0 ticks" in drawn(table)


def test_events_it_does_not_know_change_nothing() -> None:
    table = PriceTable()
    before = drawn(table)
    table.on_event("weather", '{"sun":true}')
    assert drawn(table) == before


def test_a_symbol_that_left_has_no_row_until_it_returns() -> None:
    table = PriceTable()
    table.on_event("snapshot", '[{"S":"A","q":5,"t":1,"p":1.20},{"S":"B","q":1,"t":1,"p":3}]')
    table.on_event("retired", '{"S":["A"],"reason":"idle"}')
    assert [quote.symbol for quote in table.quotes] == ["B"]
    table.on_event("tick", '{"S":"A","q":1,"t":2,"p":7}')
    assert [quote.last for quote in table.quotes] == ["7", "3"]
