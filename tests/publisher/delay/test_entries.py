"""What the delayer keeps: batches become entries, and entries again the same ticks and notices."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.publisher.delay.entries import Builder, as_arguments, due, lines_of, mark, whole
from tickcast.wire.batch import Batch
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.inbox import decode_entry
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.notice import Notice, NoticeLine, Retired, SymbolState, encode_notice
from tickcast.wire.position import Position
from tickcast.wire.tick import Tick, decode_tick, encode_tick

TIME = 1_795_384_800_000_000
SYMBOLS = st.sampled_from(["A", "BRK.B", "EUR/USD", "Z" * 32])
PRICES = st.sampled_from(["1", "0.5", "-3.25"])
TICKS = st.lists(st.tuples(SYMBOLS, PRICES).map(lambda each: Tick(each[0], TIME, each[1])), max_size=30)
STATES = st.builds(SymbolState, SYMBOLS, st.just("halted"), st.just(TIME))
NOTICES = st.lists(st.builds(Retired, SYMBOLS, st.just("producer")) | STATES, max_size=5)


def batch(ticks: list[Tick], notices: list[Notice] = [], at: int = TIME, end: str = "}") -> Batch:  # noqa: B006
    lines = [(tick.symbol.encode(), encode_tick(tick, n + 1, end)) for n, tick in enumerate(ticks)]
    said = [NoticeLine(each.symbol.encode(), encode_notice(each), each) for each in notices]
    return Batch("0" * 16, Position(2, 0), Position(1, 0), at, lines, [], said)


@given(st.lists(st.tuples(TICKS, NOTICES), max_size=6))
def test_ticks_and_notices_of_batches_come_out_of_the_entries_in_order(
    batches: list[tuple[list[Tick], list[Notice]]],
) -> None:
    builder, wanted = Builder(), []
    for n, (ticks, notices) in enumerate(batches):
        builder.add(batch(ticks, notices, TIME + n))
        wanted += [*ticks, *notices]
    found: list[object] = []
    for fields in builder.entries():
        entry = decode_entry(lines_of(fields), TIME)
        assert not entry.faults
        found += [tick for tick, _ in entry.ticks] + [state for state, _ in entry.states]
        found += [Retired(symbol, "producer") for symbol, _ in entry.retired]
    assert found == wanted


def test_an_entry_is_due_by_its_newest_batch_and_never_earlier() -> None:
    builder = Builder()
    builder.add(batch([Tick("A", TIME, "1")], at=TIME + 1))
    builder.add(batch([Tick("A", TIME, "2")], at=TIME + 70_000))
    [entry] = builder.entries()
    assert due(entry) == TIME + 70_000


def test_every_entry_keeps_within_the_bounds_of_the_inbox() -> None:
    builder = Builder()
    long = Tick("Z" * 32, TIME, *["123456789012345678.5"] * 7)
    builder.add(batch([long] * 4096))
    entries = [decode_entry(lines_of(fields), TIME) for fields in builder.entries()]
    assert sum(len(each.ticks) for each in entries) == 4096
    assert not any(each.faults for each in entries)
    assert max(len(each.ticks) for each in entries) <= MAX_ENTRY_LINES


def test_where_a_price_comes_from_is_kept_beside_the_lines() -> None:
    builder = Builder()
    builder.add(batch([Tick("A", TIME, "1")], end=',"src":"sim"}'))
    builder.add(batch([Tick("A", TIME, "2")]))
    first, second = builder.entries()
    assert (first[b"src"], second.get(b"src")) == (b"sim", None)
    assert lines_of(first)[b"d"] == b'{"S":"A","t":%d,"p":1}' % TIME


def test_behind_a_gap_come_the_newest_values_of_all_symbols() -> None:
    known = encode_instrument(Instrument("A", "Apple", "0.01", "12", "USD", given="10", fixed=True))
    first, *others, last = whole([encode_tick(Tick("A", TIME, "1"), 7)], [known, b"rubbish"], TIME, "why")
    assert (first[b"gap"], b"end" in last) == (b"why", True)
    held = [decode_entry(lines_of(fields), TIME) for fields in others]
    [description] = [said for each in held for said, _ in each.descriptions]
    assert description[1:5] == ("Apple", "0.01", "12", "USD")
    assert [tick for each in held for tick, _ in each.ticks] == [
        decode_tick(b'{"S":"A","t":%d,"p":1}' % TIME)[0]
    ]


@pytest.mark.parametrize("size", ["0", "0.00", "-0"])
def test_an_instrument_without_a_tick_size_is_described_without_one(size: str) -> None:
    [_, fields, _] = whole(
        [], [encode_instrument(Instrument("A", ',"tick":0', size, "12", "USD"))], TIME, "why"
    )
    entry = decode_entry(lines_of(fields), TIME)
    assert not entry.faults
    [(said, _)] = entry.descriptions
    assert said[:5] == ("A", ',"tick":0', None, "12", "USD")


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (b"no zlib", "z: "),
        (zlib.compress(b"A" * (MAX_ENTRY_BYTES + 1)), "more than"),
        (zlib.compress(b"A" * 900)[:-4], "cut off"),
    ],
)
def test_lines_that_cannot_be_unpacked_or_are_too_long_are_refused(packed: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        lines_of({b"z": packed})


def test_what_another_program_wrote_is_not_due() -> None:
    assert due({b"d": b"{}"}) is None
    assert due({b"at": b"-1"}) is None
    assert due(mark(TIME)) == TIME


def test_entries_are_counted_for_the_script() -> None:
    assert as_arguments([{b"a": b"1"}, {b"b": b"2", b"c": b"3"}]) == [
        2,
        b"a",
        b"1",
        4,
        b"b",
        b"2",
        b"c",
        b"3",
    ]
