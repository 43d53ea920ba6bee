from tickcast.publisher.sequencer import Sequencer
from tickcast.wire.batch import encode_lines
from tickcast.wire.instrument import Instrument
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, decode_tick


def test_every_symbol_counts_for_itself_and_goes_on_where_it_stood() -> None:
    sequencer = Sequencer(1)
    sequencer.restore("AAPL", 41)
    chunk = sequencer.encode([Tick("AAPL", 1, "1"), Tick("MSFT", 1, "2"), Tick("AAPL", 2, "3")])[0]
    found = [decode_tick(json) for _, json in chunk.ticks]
    assert [(tick.symbol, q, tick.price) for tick, q in found] == [
        ("AAPL", 42, "1"),
        ("MSFT", 1, "2"),
        ("AAPL", 43, "3"),
    ]
    assert chunk.lines == encode_lines(chunk.ticks)


def test_digits_are_kept() -> None:
    chunk = Sequencer(1).encode([Tick("AAPL", 1, "427.90", volume="1e3")])[0]
    assert chunk.ticks == [(b"AAPL", b'{"S":"AAPL","q":1,"t":1,"p":427.90,"v":1e3}')]


def test_ticks_go_to_the_partition_of_their_symbol_in_order() -> None:
    ticks = [Tick(f"S{n % 40}", n + 1, "1") for n in range(400)]
    split = Sequencer(4).encode(ticks)
    assert set(split) == {0, 1, 2, 3}
    for partition, chunk in split.items():
        times = [decode_tick(json)[0].time for _, json in chunk.ticks]
        assert times == sorted(times)
        assert {partition_of(symbol, 4) for symbol, _ in chunk.ticks} == {partition}


def test_only_unknown_symbols_are_described_and_only_once() -> None:
    sequencer = Sequencer(1)
    sequencer.mark_described(["MSFT"])
    ticks = [Tick("AAPL", 1, "1.25"), Tick("MSFT", 1, "2")]
    assert sequencer.encode(ticks)[0].instruments == [Instrument("AAPL", "AAPL", "0.01", "1.25", "")]
    assert sequencer.encode(ticks)[0].instruments == []


def test_what_redis_holds_of_a_symbol_is_widened_but_not_what_the_source_describes() -> None:
    sequencer = Sequencer(1)
    sequencer.restore_instruments(
        [Instrument(symbol, "Name", "0.1", "5", "USD") for symbol in ("AAPL", "MSFT")]
    )
    sequencer.mark_described(["MSFT"])
    ticks = [Tick("AAPL", 1, "5.25"), Tick("MSFT", 1, "5.25")]
    assert sequencer.encode(ticks)[0].instruments == [Instrument("AAPL", "Name", "0.01", "5", "USD")]


def test_a_tick_size_is_widened_as_soon_as_a_price_has_more_digits() -> None:
    sequencer = Sequencer(1)
    ticks = [Tick("A", 1, "190"), Tick("A", 2, "190", bid="189.95", ask="190.05")]
    sizes = [each.tick for each in sequencer.encode(ticks)[0].instruments]
    assert sizes == ["1", "0.01"]


def test_symbols_beyond_the_limit_are_refused_and_counted(monkeypatch) -> None:
    monkeypatch.setattr("tickcast.publisher.sequencer.MAX_SYMBOLS", 2)
    sequencer = Sequencer(1)
    chunk = sequencer.encode([Tick(symbol, 1, "1") for symbol in ("A", "B", "C", "A")])[0]
    assert [symbol for symbol, _ in chunk.ticks] == [b"A", b"B", b"A"]
    assert sequencer.refused == 1
