"""What of the table fits, and which keys move it."""

import pytest

from tickcast.cli.tail.absent import PATIENCE, Absent
from tickcast.cli.tail.keys import Key, KeyReader
from tickcast.cli.tail.page import Page, Size
from tickcast.cli.tail.quotes import Quote

QUOTES = [
    Quote(f"S{place}", reference="10.00", q=1, last=f"{place}.25", bid="1.5", ask="1.6", time=1)
    for place in range(100)
]


@pytest.mark.parametrize("width", [*range(1, 90, 4)])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 10, 200])
def test_a_page_never_exceeds_its_terminal_whatever_its_size(width: int, height: int) -> None:
    lines = Page().lines("x" * 200, "y" * 200, QUOTES, Size(width, height), has_keys=True)
    assert len(lines) <= height
    assert max(line.cell_len for line in lines) <= width


def test_a_column_without_room_is_left_out_so_that_every_number_is_whole() -> None:
    page = Page()
    for width, last in ((80, "time"), (40, "ask"), (34, "bid"), (26, "change"), (18, "last")):
        titles = page.lines("", "", QUOTES[:1], Size(width, 9))[1].plain.split()
        assert titles[-1] == last


def test_the_last_line_says_which_rows_these_are() -> None:
    page = Page()
    for key, said in (
        (Key.DOWN, "rows 2 to 7 of 100"),
        (Key.PAGE_DOWN, "rows 7 to 12 of 100"),
        (Key.END, "rows 95 to 100 of 100"),
        (Key.PAGE_UP, "rows 90 to 95 of 100"),
        (Key.HOME, "rows 1 to 6 of 100"),
        (Key.UP, "rows 1 to 6 of 100"),
    ):
        page.lines("", "", QUOTES, Size(80, 9))
        page.scroll.press(key)
        assert page.lines("", "", QUOTES, Size(80, 9))[-1].plain == said
    assert page.lines("", "", QUOTES[:1], Size(80, 9))[-1].plain == "1 symbol"
    page.scroll.press(Key.END)
    # Symbols have left: the part that is shown goes along.
    assert page.lines("", "", QUOTES[:8], Size(80, 9))[-1].plain == "rows 1 to 6 of 8"


def test_keys_may_come_in_pieces_and_others_mean_nothing() -> None:
    reader = KeyReader()
    assert reader.read(b"\x1b") == []
    assert reader.read(b"[5") == []
    assert reader.read(b"~\x1b[1;5Axq") == [Key.PAGE_UP, Key.QUIT]
    assert reader.read(b"\x1bO") + reader.read(b"B") == [Key.DOWN]
    assert reader.read(b"\x1b") + reader.read(b"q") == [Key.QUIT]
    assert reader.read("é".encode()) + reader.read(b"g G") == [Key.HOME, Key.PAGE_DOWN, Key.END]


HELLO = b'{"gateway":"g","resumed":"new","feed":"live"}'


def test_a_name_without_a_value_is_said_a_second_after_the_stream_is_live() -> None:
    absent = Absent(["aapl", "NOPE", "B*", "X*", "*"])
    absent.hear(b"hello", HELLO, 10.0)
    assert absent.due() is None
    absent.hear(b"snapshot", b'[{"S":"AAPL","q":1},{"S":"BTC","q":1}]', 10.5)
    assert absent.names(10.5 + PATIENCE - 0.1) == []
    assert absent.names(10.5 + PATIENCE) == ["NOPE", "X*"]
    absent.hear(b"tick", b'{"S":"NOPE","q":1}', 20.0)
    assert absent.names(20.0) == ["X*"]
    absent.hear(b"bar", b'{"S":"XRP","i":"1m"}', 21.0)
    assert absent.names(21.0) == []


def test_while_the_feed_is_stale_nothing_is_said_of_symbols() -> None:
    absent = Absent(["NOPE"])
    absent.hear(b"hello", HELLO.replace(b"live", b"stale"), 1.0)
    absent.hear(b"snapshot", b"[]", 1.0)
    assert absent.names(100.0) == []
    absent.hear(b"status", b'{"feed":"live","age":1}', 100.0)
    assert absent.names(100.0 + PATIENCE) == ["NOPE"]


def test_a_feed_that_keeps_case_has_no_other_spelling() -> None:
    absent = Absent(["aapl"])
    absent.hear(b"hello", HELLO.replace(b"{", b'{"case":"keep",'), 1.0)
    absent.hear(b"snapshot", b'[{"S":"AAPL","q":1}]', 1.0)
    assert absent.names(5.0) == ["aapl"]
