"""The arithmetic of a bar: exact, and never longer than the wire allows."""

from decimal import Decimal

from tickcast.publisher.bars.open_bar import OpenBar, open_bar
from tickcast.wire.bar import decode_bar, encode_bar


def test_equal_prices_keep_the_digits_that_came_first_and_the_close_those_that_came_last() -> None:
    bar = OpenBar(0, "1.0")
    for price in ("1.00", "1.000"):
        bar.set_price(price)
    assert (bar.open, bar.high, bar.low, bar.close) == ("1.0", "1.0", "1.0", "1.000")


def test_prices_that_floats_cannot_tell_apart_are_told_apart() -> None:
    bar = OpenBar(0, "0.10000000000000000001")
    bar.set_price("0.10000000000000000003")
    bar.set_price("0.1")
    assert (bar.high, bar.low) == ("0.10000000000000000003", "0.1")


def test_a_bar_read_back_goes_on_as_if_it_had_never_been_away() -> None:
    bar = OpenBar(60_000_000, "5")
    for price in ("7.0", "2", "6"):
        bar.set_price(price)
    bar.add_volume(3)
    bar.ticks = 4
    held = encode_bar(bar.to_bar("A", "1m", 9))
    again = open_bar(decode_bar(held))
    assert encode_bar(again.to_bar("A", "1m", 9)) == held
    for each in (bar, again):
        each.set_price("7")
        each.set_price("2.0")
        each.add_volume(Decimal("0.5"))
    assert again.to_bar("A", "1m", 10) == bar.to_bar("A", "1m", 10)
