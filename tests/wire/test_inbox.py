"""Entries of the inbox: their lines, and what is said of those that are malformed."""

import pytest

from tickcast.wire.inbox import (
    Description,
    EntryError,
    decode_entry,
    encode_entry,
)
from tickcast.wire.notice import SymbolState
from tickcast.wire.symbol import Case
from tickcast.wire.tick import Tick

TIME = 1_795_384_800_123_000


def fields_of(entry: list[bytes]) -> dict[bytes, bytes]:
    """Return the fields of an entry as Redis hands them out."""
    return dict(zip(entry[::2], entry[1::2], strict=True))


def test_an_entry_of_every_kind_of_line_comes_back_as_it_was() -> None:
    entry = decode_entry(
        fields_of(
            encode_entry(
                instruments=[
                    b'{"S":"AAPL","name":"Apple","tick":0.01,"ref":188.20,"ccy":"USD","session":"0930-1600",'
                    b'"tz":"America/New_York"}',
                    b'{"S":"msft"}',
                ],
                ticks=[b'{"S":"AAPL","p":189.30}', b'{"S":"MSFT","t":1795384800000001,"p":2,"bp":1.9}'],
                states=[b'{"S":"AAPL","state":"halted"}'],
                retired=[b"IBM", b"ge"],
                by="feeder 1",
                number=9,
            )
        )
        | {b"c": b"812"},
        TIME,
    )
    assert (entry.by, entry.number, entry.counted, entry.faults) == ("feeder 1", 9, 812, [])
    assert [each for each, _ in entry.descriptions] == [
        Description("AAPL", "Apple", "0.01", "188.20", "USD", "0930-1600", "America/New_York"),
        Description("MSFT"),
    ]
    assert [tick for tick, _ in entry.ticks] == [
        Tick("AAPL", TIME, "189.30"),
        Tick("MSFT", 1_795_384_800_000_001, "2", bid="1.9"),
    ]
    assert entry.states == [(SymbolState("AAPL", "halted", TIME), b'{"S":"AAPL","state":"halted"}')]
    assert entry.retired == [("IBM", b"IBM"), ("GE", b"ge")]


def test_a_malformed_line_is_refused_with_its_reason_and_the_others_are_taken() -> None:
    lines = [b'{"S":"A","p":1}', b"{", b"", b'{"S":"A"}', b'{"S":"B","p":2,"s":-1}', b'{"S":"B","p":3}\r']
    entry = decode_entry({b"d": b"\n".join(lines), b"r": b"no*symbol\nOK\n\xff"}, TIME)
    assert [(tick.symbol, tick.price) for tick, _ in entry.ticks] == [("A", "1"), ("B", "3")]
    assert entry.retired == [("OK", b"OK")]
    assert [fault.line for fault in entry.faults] == [lines[1], lines[3], lines[4], b"no*symbol", b"\xff"]
    reasons = [fault.reason for fault in entry.faults]
    for reason, part in zip(reasons, ["not JSON", "p: missing", "s: -1 is negative"], strict=False):
        assert part in reason


@pytest.mark.parametrize(
    ("field", "line", "reason"),
    [
        (b"i", b'{"name":"x"}', "S: a symbol is needed"),
        (b"i", b'{"S":"A","tick":0}', "tick: 0 is not above 0"),
        (b"i", b'{"S":"A","tick":"x"}', "tick: 'x' is not a JSON number"),
        (b"i", b'{"S":"A","ccy":"12345678901234567"}', "ccy: a text of at most 16"),
        (b"i", b'{"S":"A","name":"a\\nb"}', "name: a text"),
        (b"h", b'{"S":"A","state":"gone"}', "'gone' is none of"),
        (b"h", b'{"state":"live"}', "S: a symbol is needed"),
        (b"h", b"[]", "a JSON object is needed"),
    ],
)
def test_each_fault_of_a_line_names_its_field(field: bytes, line: bytes, reason: str) -> None:
    entry = decode_entry({field: line}, TIME)
    assert (entry.descriptions, entry.states) == ([], [])
    assert reason in entry.faults[0].reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({b"d": b"\n".join([b"{}"] * 1001)}, "1001 lines"),
        ({b"d": b"x" * 262_145}, "262145 bytes"),
        ({b"by": b"a"}, "0 lines"),
        ({b"d": b"{}", b"n": b"1"}, "n: a number needs by"),
        ({b"d": b"{}", b"by": b"a", b"n": b"1.5"}, "n: b'1.5'"),
        ({b"d": b"{}", b"by": b"a", b"n": b"9007199254740992"}, "n: b'9007199254740992'"),
        ({b"d": b"{}", b"by": b""}, "by: "),
        ({b"d": b"{}", b"by": b"a" * 65}, "by: "),
        ({b"d": b"{}", b"by": b"a\x1bb"}, "by: "),
        ({b"d": b"{}", b"by": b"a\xff"}, "by: a producer's id is UTF-8"),
    ],
)
def test_an_entry_that_breaks_a_bound_is_refused_as_a_whole(fields: dict[bytes, bytes], reason: str) -> None:
    entry = decode_entry(fields, TIME)
    [fault] = entry.faults
    assert reason in fault.reason
    assert not entry.ticks


def test_an_entry_that_breaks_a_bound_is_not_encoded() -> None:
    with pytest.raises(EntryError, match="1001 lines"):
        encode_entry(ticks=[b"{}"] * 1001)
    with pytest.raises(EntryError, match="0 lines"):
        encode_entry(by="a")
    with pytest.raises(EntryError, match="needs by"):
        encode_entry(ticks=[b"{}"], number=1)


def test_a_size_that_was_written_by_hand_is_bounded() -> None:
    assert decode_entry({b"d": b"{}", b"c": b"99999999999999999999"}, TIME).counted == 0
    assert decode_entry({b"d": b"{}", b"c": b"-5"}, TIME).counted == 0


NUMBERS = ["0", "1.50", "-3", "123456789012.12345678", "1e3", "0.000000001", "-0", "00", "1.", '"5"', "null"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["p", "s", "bp", "v"])
def test_a_plain_line_means_what_the_same_with_blanks_means(name: str, number: str) -> None:
    price = "" if name == "p" else '"p":1,'
    line = f'{{"S":"A:B/C-1","t":1795384800000001,{price}"{name}":{number}}}'
    plain, blank = (
        decode_entry({b"d": text.encode()}, TIME) for text in (line, line.replace('"p":', '"p": '))
    )
    assert [tick for tick, _ in plain.ticks] == [tick for tick, _ in blank.ticks]
    assert len(plain.ticks) + len(plain.faults) == 1
    assert len(plain.faults) == len(blank.faults)


def test_a_plain_line_keeps_every_field_in_its_place() -> None:
    line = b'{"S":"A","as":6,"p":1,"s":2,"bp":3,"bs":4,"ap":5,"v":7,"t":1795384800000001}'
    [(tick, _)] = decode_entry({b"d": line}, TIME).ticks
    assert tick == Tick("A", 1_795_384_800_000_001, *"1234567")
    [(tick, _)] = decode_entry({b"d": b'{"S":"A","p":1,"p":2}'}, TIME).ticks
    assert tick == Tick("A", TIME, "2")


def test_a_feed_that_keeps_case_keeps_it_in_every_line() -> None:
    fields = {
        b"i": b'{"S":"aA"}',
        b"d": b'{"S":"aA","p":1}\n{"S": "aA","p":1}',
        b"h": b'{"S":"aA","state":"live"}',
    }
    cases: list[tuple[Case, str]] = [("keep", "aA"), ("upper", "AA")]
    for case, symbol in cases:
        entry = decode_entry(fields | {b"r": b"aA"}, TIME, case)
        named = [*entry.descriptions, *entry.ticks, *entry.states]
        assert [each.symbol for each, _ in named] + [entry.retired[0][0]] == [symbol] * 5
