"""Entries of the inbox: each line is taken or refused, and what is taken can be published."""

import time
from collections.abc import Mapping

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.hostile import Raw, as_bytes, damaged, filled, objects, odd_texts, values, written
from tests.fuzz.profile import bounded, fuzzed
from tests.support.ticks import decimals, symbols
from tickcast.publisher.inbox.intake import KEPT_LINE, KEPT_REASON, Intake, Taken
from tickcast.publisher.inbox.producers import Producers
from tickcast.publisher.inbox.step import InboxStep
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.stats import Stats
from tickcast.publisher.validation import Validator
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_REJECTS
from tickcast.wire.inbox import LINES, decode_entry
from tickcast.wire.instrument import decode_instrument, encode_instrument
from tickcast.wire.notice import STATES, decode_notice, encode_notice
from tickcast.wire.symbol import Case, parse_symbol
from tickcast.wire.tick import check_tick, encode_tick, is_tick

TIME = 1_795_384_800_000_000
CASES: list[Case] = ["upper", "keep"]
cases = st.sampled_from(CASES)

names = symbols | st.sampled_from(["A", "B"])
numbers = decimals.map(Raw) | st.integers(-(10**20), 10**20)
texts = st.text(max_size=9)


tick_lines = objects(
    {
        "S": names,
        "t": st.integers(0, 2**53),
        **dict.fromkeys(("p", "s", "bp", "bs", "ap", "as", "v"), numbers),
    }
)
description_lines = objects(
    {"S": names, "tick": numbers, "ref": numbers, **dict.fromkeys(("name", "ccy", "session", "tz"), texts)}
)
state_lines = objects({"S": names, "state": st.sampled_from(STATES)})


def lines(of: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    whole = (of | values).map(written).map(as_bytes)
    return damaged(st.lists(whole, max_size=4).map(b"\n".join), most=2)


entries: st.SearchStrategy[dict[bytes, bytes]] = st.fixed_dictionaries(
    {},
    optional={
        b"d": lines(tick_lines),
        b"i": lines(description_lines),
        b"h": lines(state_lines),
        b"r": damaged(st.lists(names, max_size=3).map("\n".join).map(as_bytes), most=2),
        b"by": st.sampled_from([b"me", b"", b"\0", b"\xff", b"a" * 65]) | odd_texts.map(as_bytes),
        b"n": st.sampled_from([b"1", b"2", b"-1", b"", b"1e3", b"9" * 17, b"\xd9\xa3"]),
        b"c": st.sampled_from([b"10", b"-10", b"", b"9" * 10]),
        b"\0other": st.binary(max_size=5),
    },
)


@fuzzed(200)
@given(entries, cases)
def test_every_line_of_an_entry_is_taken_or_refused(fields: dict[bytes, bytes], case: Case) -> None:
    entry = decode_entry(fields, TIME, case)
    taken = [*entry.descriptions, *entry.ticks, *entry.states, *entry.retired]
    for tick, _ in entry.ticks:
        assert check_tick(tick, case) == tick
    for symbol, _ in entry.retired:
        assert parse_symbol(symbol, case) == symbol
    if taken:
        held = [line for name in LINES for line in fields.get(name, b"").split(b"\n") if line.strip()]
        assert len(held) == len(taken) + len(entry.faults)
    for fault in entry.faults:
        assert fault.reason


def intake(case: Case) -> tuple[Intake, Sequencer]:
    sequencer = Sequencer(1)
    return Intake(0, 1, Producers(), sequencer, Validator(object(), Stats(), case=case)), sequencer  # type: ignore[arg-type]


@fuzzed(200)
@given(st.lists(entries, max_size=4), cases)
@example([{b"i": b'{"S":"A","tick":1e-7}', b"d": b'{"S":"A","p":99999999999999999}'}], "upper")
def test_what_is_taken_can_be_published(handed_in: list[Mapping[bytes, bytes]], case: Case) -> None:
    own, _ = intake(case)
    now = time.time_ns() // 1_000_000
    taken = Taken(InboxStep("0-0"))
    for number, fields in enumerate(handed_in):
        own.take(f"{now}-{number}", fields, taken)
    for tick in taken.ticks:
        assert is_tick(tick.symbol.encode(), encode_tick(tick, 1)), tick
    for instrument in taken.instruments:
        assert decode_instrument(encode_instrument(instrument)) == instrument
    for notice in taken.notices:
        assert decode_notice(encode_notice(notice)) == notice
    for told in map(orjson.loads, taken.step.rejects):
        assert len(told["line"]) <= KEPT_LINE
        assert len(told["reason"]) <= KEPT_REASON
    assert len(taken.step.arguments()) < 10_000


PIECES = [
    b"\n", b"0\n", b"[", b'{"S":"', b'{"S":"A","p":1}\n', b'{"S":"A","p":1,', b"9", b".", b" ", b'"',
    b"\xff", b"\\u0000",
]  # fmt: skip


@fuzzed(12, cost=60)
@given(filled(PIECES, MAX_ENTRY_BYTES), st.sampled_from(LINES), cases)
def test_the_longest_entry_is_judged_quickly(text: bytes, name: bytes, case: Case) -> None:
    own, _ = intake(case)
    taken = Taken(InboxStep("0-0"))
    with bounded(seconds=2, mib=64):
        own.take(f"{time.time_ns() // 1_000_000}-0", {name: text}, taken)
    assert len(taken.step.rejects) <= MAX_REJECTS
    assert sum(map(len, taken.step.rejects)) <= MAX_REJECTS * 4 * (KEPT_LINE + KEPT_REASON)
