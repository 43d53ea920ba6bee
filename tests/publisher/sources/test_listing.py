from tickcast.publisher.sources.listing import MAX_LISTINGS, listings
from tickcast.wire.decimals import places
from tickcast.wire.instrument import decode_instrument, encode_instrument
from tickcast.wire.symbol import parse_symbol


def test_fifty_known_names_come_first_then_invented_ones_up_to_ten_thousand() -> None:
    everything = listings(MAX_LISTINGS)
    symbols = [listing.instrument.symbol for listing in everything]

    assert len(set(symbols)) == MAX_LISTINGS
    assert symbols[:3] == ["AAPL", "NVDA", "MSFT"]
    assert len({listing.instrument.name for listing in everything}) == MAX_LISTINGS
    assert all(parse_symbol(symbol) == symbol for symbol in symbols)


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    assert listings(1) == listings(60)[:1]
    assert listings(60) == listings(300)[:60]


def test_instruments_survive_the_wire_and_references_are_multiples_of_the_tick() -> None:
    for listing in listings(500):
        instrument = listing.instrument
        assert decode_instrument(encode_instrument(instrument)) == instrument
        assert places(instrument.reference) <= listing.decimals
        assert abs(listing.reference_ticks * float(instrument.tick) - float(instrument.reference)) < 1e-9
        assert listing.reference_ticks >= 100
        assert 0.1 <= listing.volatility <= 0.6
