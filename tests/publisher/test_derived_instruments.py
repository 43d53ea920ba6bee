import pytest

from tickcast.publisher.derived_instruments import DerivedInstruments
from tickcast.wire.bounds import MAX_PLACES
from tickcast.wire.instrument import Instrument, decode_instrument, encode_instrument
from tickcast.wire.tick import Tick


@pytest.mark.parametrize(
    ("price", "size"), [("5", "1"), ("5.0", "0.1"), ("0.00000001", "0.00000001"), ("1e-7", "0.0000001")]
)
def test_the_first_price_is_the_reference_and_its_digits_are_the_tick_size(price: str, size: str) -> None:
    assert DerivedInstruments().update(Tick("A", 1, price)) == Instrument("A", "A", size, price, "")


def test_more_digits_of_price_bid_or_ask_are_told_once_and_fewer_never() -> None:
    derived = DerivedInstruments()
    ticks = [
        Tick("A", 1, "190", bid="189.5"),
        Tick("A", 2, "190.25", bid="190"),
        Tick("A", 3, "190", ask="190.125"),
        Tick("A", 4, "190.13", bid="190.12", ask="190.14"),
    ]
    found = [derived.update(tick) for tick in ticks]
    assert [each and (each.tick, each.reference) for each in found] == [
        ("0.1", "190"),
        ("0.01", "190"),
        ("0.001", "190"),
        None,
    ]


def test_names_and_references_that_redis_holds_are_kept() -> None:
    derived = DerivedInstruments()
    derived.restore(Instrument("A", "Alpha", "0.25", "100", "USD"))
    assert derived.update(Tick("A", 1, "101.75")) is None
    assert derived.update(Tick("A", 1, "101.755")) == Instrument("A", "Alpha", "0.001", "100", "USD")


def test_a_price_of_absurd_digits_gives_a_size_that_readers_take() -> None:
    derived = DerivedInstruments()
    found = derived.update(Tick("A", 1, "1e-101"))
    assert found is not None
    assert found.tick == "0." + "1".rjust(MAX_PLACES, "0")
    assert decode_instrument(encode_instrument(found)) == found
    assert derived.update(Tick("A", 2, "1e-999")) is None
