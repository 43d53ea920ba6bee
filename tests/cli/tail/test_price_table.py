"""What `tail` draws."""

from rich.console import Console

from tickcast.cli.tail.price_table import Board


def drawn(board: Board) -> str:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(board.render())
    return capture.get()


def test_a_row_keeps_the_digits_and_shows_change_and_direction() -> None:
    board = Board()
    board.quotes.describe([{"S": "A", "ref": "1.00"}])
    board.on_event("snapshot", '[{"S":"A","q":1,"t":1,"p":1.20,"bp":1.190,"ap":1.21}]')
    board.on_event("tick", '{"S":"A","q":2,"t":2,"p":1.10,"bp":1.090,"ap":1.11}')
    row = next(line for line in drawn(board).splitlines() if line.startswith("A"))
    assert row.split()[:7] == ["A", "1.10", "▼", "+10.00", "%", "1.090", "1.11"]


def test_what_rises_is_up_where_prices_are_below_zero() -> None:
    board = Board()
    board.quotes.describe([{"S": "A", "ref": "-10"}])
    board.on_event("tick", '{"S":"A","q":1,"t":1,"p":-9.01}')
    assert "+9.90 %" in drawn(board)


def test_only_symbols_that_ticked_have_a_row() -> None:
    board = Board()
    board.quotes.describe([{"S": "A", "ref": "1"}, {"S": "B", "ref": "1"}])
    board.on_event("tick", '{"S":"B","q":2,"t":2,"p":1.10}')
    assert [quote.symbol for quote in board.quotes] == ["B"]


def test_it_says_in_words_what_is_going_on() -> None:
    board = Board()
    board.on_event("hello", '{"gateway":"gw-2","resumed":"replayed"}')
    assert "connected to gw-2, nothing missed" in drawn(board)
    board.on_event("status", '{"feed":"stale","age":3120,"reason":"no heartbeat"}')
    assert "feed stale for 3.1 s: no heartbeat" in drawn(board)
    board.on_event("gap", '{"reason":"slow"}')
    assert "ticks are missing: slow" in drawn(board)
    board.say("connection lost; again in 1.0 s")
    assert "ticks are missing" not in drawn(board)
    assert "again in 1.0 s" in drawn(board)


def test_events_it_does_not_know_change_nothing() -> None:
    board = Board()
    before = drawn(board)
    board.on_event("weather", '{"sun":true}')
    assert drawn(board) == before
