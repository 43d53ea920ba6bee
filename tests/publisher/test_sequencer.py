import pytest

from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.sequencer import Sequencer
from tickcast.wire.bar import symbol_of
from tickcast.wire.batch import encode_lines
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Retired, SymbolState
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
    sequencer.mark_described([Instrument("MSFT", "Microsoft", "0.01", "400", "USD")])
    ticks = [Tick("AAPL", 1, "1.25"), Tick("MSFT", 1, "2")]
    assert sequencer.encode(ticks)[0].instruments == [Instrument("AAPL", "AAPL", "0.01", "1.25", "")]
    assert sequencer.encode(ticks)[0].instruments == []


def test_what_redis_holds_of_a_symbol_is_widened_but_not_what_the_source_describes() -> None:
    sequencer = Sequencer(1)
    sequencer.restore_instruments(
        [Instrument(symbol, "Name", "0.1", "5", "USD") for symbol in ("AAPL", "MSFT")]
    )
    sequencer.mark_described([Instrument("MSFT", "Microsoft", "0.01", "400", "USD")])
    ticks = [Tick("AAPL", 1, "5.25"), Tick("MSFT", 1, "5.25")]
    assert sequencer.encode(ticks)[0].instruments == [Instrument("AAPL", "Name", "0.01", "5", "USD")]


def test_what_is_said_of_a_symbol_is_written_where_it_is_led_and_only_if_it_is_news() -> None:
    place = Sequencer(2).partition_of("AAPL")
    sequencer = Sequencer(2, led=[place])
    apple = Description("AAPL", "Apple", "0.5")
    chunk = sequencer.introduce([apple])[place]
    assert [each.name for each in chunk.instruments] == ["Apple"]
    assert sequencer.fixed() == chunk.instruments
    assert sequencer.introduce([apple]) == {}
    assert Sequencer(2, led=[1 - place]).introduce([apple]) == {}


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


def test_publishers_share_the_limit_by_their_partitions(monkeypatch) -> None:
    monkeypatch.setattr("tickcast.publisher.sequencer.MAX_SYMBOLS", 8)
    ticks = [Tick(f"S{number}", 1, "1") for number in range(100)]
    several = [Sequencer(4, led=led) for led in ((0,), (1, 2), (3,))]
    assert [sum(len(chunk.ticks) for chunk in each.encode(ticks).values()) for each in several] == [2, 4, 2]
    assert sum(each.refused for each in several) == 92
    # Who gives up a partition gives up its room.
    several[1].leave(2)
    assert not any(several[1].admit(f"T{number}") for number in range(100) if several[1].symbols >= 2)


def test_a_retired_symbol_counts_from_1_when_it_returns_and_gets_its_instrument_again() -> None:
    sequencer = Sequencer(1, {0: BarFormer()})
    described = Instrument("MSFT", "Microsoft", "0.01", "400", "USD")
    sequencer.mark_described([described])
    both = [Tick("AAPL", 1, "1.50"), Tick("MSFT", 1, "2")]
    sequencer.encode(both + both)
    chunk = sequencer.say([Retired("AAPL", "idle"), Retired("MSFT", "operator"), Retired("NOBODY", "idle")])[
        0
    ]
    assert [symbol for symbol, _ in chunk.notices] == [b"AAPL", b"MSFT"]
    assert chunk.notice_lines == encode_lines(chunk.notices)
    assert sequencer.symbols == 0
    back = sequencer.encode(both)[0]
    assert [decode_tick(json)[1] for _, json in back.ticks] == [1, 1]
    assert sorted(each.symbol for each in back.instruments) == ["AAPL", "MSFT"]
    assert described in back.instruments


def test_the_unsent_bars_of_a_retired_symbol_are_never_sent() -> None:
    bars = BarFormer()
    sequencer = Sequencer(1, {0: bars})
    sequencer.encode([Tick("AAPL", 1, "1"), Tick("MSFT", 1, "2")])
    sequencer.say([Retired("AAPL", "idle")])
    assert {symbol_of(key) for key, _ in bars.overdue(at_once=True)} == {b"MSFT"}
    assert bars.symbols == 1


def test_retiring_makes_room_for_new_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.publisher.sequencer.MAX_SYMBOLS", 2)
    sequencer = Sequencer(1)
    sequencer.encode([Tick(symbol, 1, "1") for symbol in ("A", "B", "C")])
    assert sequencer.refused == 1
    sequencer.say([Retired("A", "producer")])
    assert [symbol for symbol, _ in sequencer.encode([Tick("C", 1, "1")])[0].ticks] == [b"C"]


def test_invented_prices_say_so_in_every_tick() -> None:
    sequencer = Sequencer(1)
    sequencer.mark_invented("sim")
    chunk = sequencer.encode([Tick("AAPL", 1, "1")])[0]
    assert chunk.ticks == [(b"AAPL", b'{"S":"AAPL","q":1,"t":1,"p":1,"src":"sim"}')]


def test_a_state_is_said_of_a_symbol_that_has_a_tick_and_of_no_other() -> None:
    sequencer = Sequencer(1)
    sequencer.encode([Tick("AAPL", 1, "1")])
    said = sequencer.say([SymbolState("AAPL", "halted", 7), SymbolState("NOBODY", "halted", 7)])
    assert said[0].notices == [(b"AAPL", b'{"S":"AAPL","state":"halted","since":7}')]
