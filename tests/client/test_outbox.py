"""Which lines make an entry, in which order, and how many may wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.client.lines import Line, description_line, retired_line, state_line, tick_line
from tickcast.client.outbox import MAX_BYTES, MAX_LINES, Entry, Outbox
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.inbox import encode_entry
from tickcast.wire.layout import Layout
from tickcast.wire.symbol import Case, partition_of


def outbox(partitions: int = 1) -> Outbox:
    found = Outbox()
    found.spread(Layout(partitions, "upper"))
    return found


def drained(box: Outbox, partition: int = 0) -> list[Entry]:
    """Return all entries of a partition, each taken before the next one is cut."""
    found = []
    while entry := box.cut(partition):
        found.append(entry)
        box.taken(partition)
    return found


def test_an_entry_has_all_that_was_gathered_but_no_more_than_a_thousand_lines() -> None:
    box = outbox()
    for number in range(2500):
        box.put(tick_line(f"S{number}", 1))
    assert [entry.count for entry in drained(box)] == [MAX_ENTRY_LINES, MAX_ENTRY_LINES, 500]
    assert (box.lines, box.oldest, box.is_full) == (0, None, False)


def test_an_entry_has_no_more_bytes_than_it_may() -> None:
    box = outbox()
    for number in range(900):
        box.put(description_line(f"S{number}", name="é" * 128))
    entries = drained(box)
    assert sum(entry.count for entry in entries) == 900
    assert len(entries) > 1
    for entry in entries:
        assert encode_entry(**entry.by_name, by="b", number=entry.number)
        assert MAX_ENTRY_BYTES * 0.9 < entry.size <= MAX_ENTRY_BYTES + 1 or entry is entries[-1]


KINDS = {
    "describe": lambda symbol: description_line(symbol, name="x"),
    "tick": lambda symbol: tick_line(symbol, 1),
    "state": lambda symbol: state_line(symbol, "halted"),
    "retire": retired_line,
}


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([*KINDS]))))
def test_the_lines_of_a_symbol_keep_their_order_over_all_kinds(said: list[tuple[str, str]]) -> None:
    box = outbox()
    for symbol, kind in said:
        box.put(KINDS[kind](symbol))
    heard: dict[str, list[str]] = {}
    for entry in drained(box):
        for kind, lines in zip(KINDS, entry.kinds, strict=True):
            for line in lines:
                symbol = line[len('{"S":"') :][:1] or line
                heard.setdefault(symbol.decode(), []).append(kind)
    wanted: dict[str, list[str]] = {}
    for symbol, kind in said:
        wanted.setdefault(symbol, []).append(kind)
    assert heard == wanted


def test_entries_are_numbered_upwards_in_a_partition() -> None:
    box = outbox(2)
    symbols = [f"S{number}" for number in range(10)]
    numbers: dict[int, list[int]] = {0: [], 1: []}
    for _ in range(3):
        for symbol in symbols:
            box.put(tick_line(symbol, 1))
        for partition in numbers:
            numbers[partition] += [entry.number for entry in drained(box, partition)]
    assert all(found == sorted(set(found)) and len(found) == 3 for found in numbers.values())


@pytest.mark.parametrize(("case", "symbol"), [("keep", b"Brk.b"), ("upper", b"BRK.B")])
def test_a_line_goes_to_the_partition_of_its_symbol_in_the_case_of_the_feed(
    case: Case, symbol: bytes
) -> None:
    box = Outbox()
    box.put(tick_line("Brk.b", 1))
    assert (box.cut(0), box.oldest) == (None, 1)
    (partition,) = box.spread(Layout(16, case))
    assert partition == partition_of(symbol, 16) == box.put(tick_line("Brk.b", 2))
    (entry,) = drained(box, partition)
    assert [symbol in line for line in entry.kinds[1]] == [True, True]


def test_the_oldest_line_counts_until_it_is_taken() -> None:
    box = outbox()
    box.put(tick_line("A", 1))
    assert box.cut(0) is not None
    box.put(tick_line("A", 2))
    assert (box.newest, box.oldest, box.lines) == (2, 1, 2)
    box.taken(0)
    assert (box.oldest, box.lines) == (2, 1)


LONG = description_line("A", name="é" * 128)


@pytest.mark.parametrize(
    ("line", "most"),
    [(tick_line("A", 1), MAX_LINES), (LONG, -(-MAX_BYTES // (len(LONG.encode("A")) + 1)))],
)
@pytest.mark.parametrize("known", [True, False])
def test_it_is_full_of_lines_or_of_bytes(line: Line, most: int, known: bool) -> None:
    box = outbox() if known else Outbox()
    for _ in range(most - 1):
        box.put(line)
    assert not box.is_full
    for _ in range(3):
        box.put(line)
    assert box.is_full
    box.spread(Layout(1, "keep"))
    assert sum(entry.count for entry in drained(box)) == most + 2
    assert not box.is_full
