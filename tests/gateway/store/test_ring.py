"""The ring: whoever comes back with a cursor gets exactly what lies after it, or is told that it cannot."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickcast.gateway.protocol.events import batch_events
from tickcast.gateway.protocol.sse import cursor_of
from tickcast.gateway.store.ring import Ring
from tickcast.wire.batch import Batch
from tickcast.wire.cursor import Cursor, decode_cursor, encode_cursor
from tickcast.wire.position import START, Position
from tickcast.wire.symbol import partition_of

EPOCH = "0123456789abcdef"
SYMBOLS = [b"A", b"B", b"C", b"D", b"E", b"F", b"G", b"H"]
SECOND = 1_000_000


class Filled:
    """A ring and the plain list of what was put in."""

    def __init__(self, partitions: int = 1, seconds: float = 60, max_bytes: int = 1 << 30) -> None:
        self.partitions = partitions
        self.ring = Ring(partitions, seconds, max_bytes)
        for partition in range(partitions):
            self.ring.restart([(partition, EPOCH, START)])
        self.events: list[tuple[int, Position, int, bytes, bytes]] = []
        """(partition, position, place in its batch, symbol, event), in order."""
        self.ids: list[str] = []

    def put(self, partition: int, position: Position, symbols: list[bytes], sent: int = SECOND) -> None:
        items = [
            (symbol, b'{"S":"%b","at":"%d.%b.%d"}' % (symbol, partition, str(position).encode(), place))
            for place, symbol in enumerate(symbols, 1)
        ]
        # To the ring a bar is what stands at the end of a batch, under whatever key.
        ticks, bars = items[: len(items) // 2], items[len(items) // 2 :]
        batch = Batch(EPOCH, position, START, sent, ticks, bars)
        events = batch_events(ticks, self.ring.begin(partition, batch), bars)
        self.ring.hold(partition, batch, events)
        self.events += [
            (partition, position, place, symbol, event)
            for place, (symbol, event) in enumerate(zip(symbols, events, strict=True), 1)
        ]
        self.ids += [cursor_of(event) for event in events]

    def after(self, cursor: str, wanted: list[bytes]) -> list[bytes] | None:
        """Return what the ring says lies after a cursor."""
        numbers = self.ring.numbers(decode_cursor(cursor))
        if numbers is None:
            return None
        homes = [partition_of(each, self.partitions) for each in wanted]
        count, found = self.ring.count(numbers, wanted, homes), list[bytes]()
        while min(numbers) < self.ring.number:
            piece, reached = self.ring.since(numbers, self.ring.number, wanted, homes)
            found += piece
            numbers = [max(number, reached) for number in numbers]
        assert len(found) == count
        return found

    def lies_after(self, cursor: Cursor, wanted: list[bytes]) -> list[bytes]:
        """Return the same by looking at every tick."""

        def unseen(partition: int, position: Position, place: int) -> bool:
            if position == cursor.positions[partition] and partition == cursor.partition:
                return cursor.place is not None and place > cursor.place
            return position > cursor.positions[partition]

        return [
            event
            for partition, position, place, symbol, event in self.events
            if symbol in wanted and unseen(partition, position, place)
        ]


@st.composite
def feeds(draw: st.DrawFn) -> tuple[int, list[tuple[int, Position, list[bytes]]]]:
    """Return a number of partitions, and batches for them with ids that grow."""
    partitions = draw(st.integers(1, 4))
    homes: dict[int, list[bytes]] = {}
    for symbol in SYMBOLS:
        homes.setdefault(partition_of(symbol, partitions), []).append(symbol)
    batches = []
    for ms in range(1, draw(st.integers(1, 12)) + 1):
        partition = draw(st.sampled_from(sorted(homes)))
        symbols = draw(st.lists(st.sampled_from(homes[partition]), min_size=1, max_size=4))
        batches.append((partition, Position(ms // 2, ms % 2), symbols))
    return partitions, batches


wanted_lists = st.lists(st.sampled_from(SYMBOLS), unique=True)


@given(feeds(), wanted_lists, st.sampled_from([1 << 30, 5000, 2500]))
def test_every_id_of_every_tick_resumes_exactly_or_not_at_all(
    feed: tuple[int, list[tuple[int, Position, list[bytes]]]], wanted: list[bytes], room: int
) -> None:
    partitions, batches = feed
    filled = Filled(partitions, max_bytes=room)
    for batch in batches:
        filled.put(*batch)
    for cursor in filled.ids:
        found = filled.after(cursor, wanted)
        if found is None:
            assert room < 1 << 30
        else:
            assert found == filled.lies_after(decode_cursor(cursor), wanted)
    # Who has everything is never turned away, however little the ring holds.
    assert filled.after(filled.ring.cursor, wanted) == []


@given(feeds(), wanted_lists, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_a_cursor_is_as_good_on_a_gateway_that_took_the_partitions_in_another_order(
    feed: tuple[int, list[tuple[int, Position, list[bytes]]]],
    wanted: list[bytes],
    random: Random,
) -> None:
    partitions, batches = feed
    here, there = Filled(partitions), Filled(partitions)
    for batch in batches:
        here.put(*batch)
    lines = [[batch for batch in batches if batch[0] == partition] for partition in range(partitions)]
    while any(lines):
        there.put(*random.choice([line for line in lines if line]).pop(0))
    for cursor in here.ids:
        assert not there.ring.is_ahead(decode_cursor(cursor))
        assert there.after(cursor, wanted) == there.lies_after(decode_cursor(cursor), wanted)


def test_a_cursor_that_has_seen_more_is_ahead_and_only_that() -> None:
    here, there = Filled(2), Filled(2)
    for filled in (here, there):
        filled.put(0, Position(5, 0), [b"A"])
    here.put(0, Position(6, 0), [b"A", b"A"])
    for cursor in here.ids[1:]:
        assert there.ring.is_ahead(decode_cursor(cursor))
    assert not there.ring.is_ahead(decode_cursor(here.ids[0]))
    assert not here.ring.is_ahead(decode_cursor(there.ring.cursor))


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda cursor: cursor._replace(epoch="f" * 12),
        lambda cursor: cursor._replace(positions=cursor.positions * 2),
        lambda cursor: cursor._replace(positions=(Position(4, 0),)),
    ],
    ids=["another epoch", "another number of partitions", "older than the ring"],
)
def test_a_cursor_of_another_feed_or_too_old_is_told_apart(spoilt: Callable[[Cursor], Cursor]) -> None:
    filled = Filled(max_bytes=1800)
    for ms in range(5, 12):
        filled.put(0, Position(ms, 0), [b"A"])
    cursor = decode_cursor(encode_cursor(spoilt(decode_cursor(filled.ring.cursor))))
    assert not filled.ring.is_ahead(cursor)
    assert filled.ring.numbers(cursor) is None


def test_a_part_of_a_batch_that_has_left_the_ring_cannot_be_continued() -> None:
    filled = Filled(max_bytes=1800)
    filled.put(0, Position(1, 0), [b"A", b"B"])
    filled.put(0, Position(2, 0), [b"A", b"B"])
    assert filled.after(filled.ids[0], [b"A"]) is None
    # The whole of that batch can: nothing of what follows is missing.
    assert filled.after(filled.ids[1], [b"A"]) == [filled.events[2][4]]


def test_a_place_beyond_its_batch_is_the_end_of_the_batch() -> None:
    filled = Filled()
    filled.put(0, Position(1, 0), [b"A", b"B"])
    filled.put(0, Position(2, 0), [b"A"])
    assert filled.after(f"{filled.ids[1]}.999", [b"A", b"B"]) == [filled.events[2][4]]


def test_ticks_leave_the_ring_when_they_are_old_or_too_many() -> None:
    filled = Filled(seconds=10)
    for second in range(1, 31):
        filled.put(0, Position(second, 0), [b"A"], sent=second * SECOND)
    assert len(filled.ring) == 11
    small = Filled(max_bytes=10_000)
    for ms in range(1, 500):
        small.put(0, Position(ms, 0), [b"A", b"B"])
    assert 5_000 < small.ring.size <= 10_000
    assert small.ring.floor == small.ring.number - 2 * len(small.ring)


def test_a_reset_forgets_one_partition_and_turns_away_the_cursors_of_before() -> None:
    filled = Filled(2)
    home = {partition_of(symbol, 2): symbol for symbol in SYMBOLS}
    filled.put(0, Position(1, 0), [home[0]])
    filled.put(1, Position(1, 0), [home[1]])
    before, size = filled.ring.cursor, filled.ring.size
    filled.ring.restart([(1, "f" * 16, Position(9, 0))])
    assert 0 < filled.ring.size < size
    assert len(filled.ring) == 1
    assert filled.ring.numbers(decode_cursor(before)) is None
    filled.put(1, Position(10, 0), [home[1]])
    assert filled.after(filled.ring.cursor, [home[0], home[1]]) == []
    assert filled.ring.floor == filled.ring.number - 1
