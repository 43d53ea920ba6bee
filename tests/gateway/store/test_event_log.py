"""The event store: it gives what is asked for in bounded pieces, and holds what it says it holds."""

import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psutil
import pytest

from tickcast.gateway.protocol.events import batch_events
from tickcast.gateway.store.event_log import MAX_LOOKUP, EventLog
from tickcast.gateway.store.ring import Ring
from tickcast.wire.batch import decode_batch
from tickcast.wire.position import START

EPOCH = "0123456789abcdef"


def filled(runs: list[tuple[bytes, int]]) -> EventLog:
    """Return a store with runs of events, each of one key."""
    store, number = EventLog(), 0
    for key, count in runs:
        store.add([(key, b"")] * count, [b"%d" % (number + at) for at in range(1, count + 1)])
        number += count
    return store


@pytest.mark.parametrize(
    "runs",
    [
        [(b"A", 5 * MAX_LOOKUP)],
        [(b"B", 20 * MAX_LOOKUP), (b"A", 5 * MAX_LOOKUP), (b"B", MAX_LOOKUP)],
        [(b"A", 3), (b"B", 10 * MAX_LOOKUP), (b"A", 3 * MAX_LOOKUP)],
        [(b"A", 1), (b"B", 1)] * 2 * MAX_LOOKUP,
    ],
    ids=["alone", "late", "mostly late", "spread"],
)
def test_pieces_are_bounded_and_together_whole_however_the_events_lie(runs: list[tuple[bytes, int]]) -> None:
    store, total = filled(runs), sum(count for _, count in runs)
    wanted, at = list[bytes](), 0
    for key, count in runs:
        if key == b"A":
            wanted += [b"%d" % (at + each) for each in range(1, count + 1)]
        at += count
    assert store.count([0], [b"A"], [0]) == len(wanted)
    found, number, pieces = list[bytes](), 0, 0
    while number < total:
        piece, reached = store.since([number], total, [b"A"], [0])
        assert len(piece) <= MAX_LOOKUP
        assert reached > number
        found, number, pieces = found + piece, reached, pieces + 1
    assert found == wanted
    assert pieces < 8 * total / MAX_LOOKUP


def test_a_key_may_begin_later_than_its_partition() -> None:
    store = filled([(b"A", 2), (b"B", 2), (b"A", 2), (b"B", 2)])
    later = {b"A": 5, b"C": 9, b"B": 0}
    assert store.count([1], [b"A", b"B"], [0, 0], later) == 5
    assert store.since([1], 8, [b"A", b"B"], [0, 0], later) == ([b"3", b"4", b"6", b"7", b"8"], 8)
    assert store.since([1], 8, [b"A", b"B"], [0, 0], {b"A": 6}) == ([b"3", b"4", b"7", b"8"], 8)


def test_what_is_dropped_or_forgotten_leaves_no_bytes_and_no_key() -> None:
    store = filled([(b"A", 3), (b"B", 2), (b"A", 1), (b"C", 2)])
    before = store.size
    store.forget(4, 2)
    assert store.count([0], [b"B"], [0]) == 0
    store.drop(1, 3)
    assert store.since([3], 8, [b"A", b"B", b"C"], [0, 0, 0]) == ([b"6", b"7", b"8"], 8)
    store.drop(6, 1)
    store.drop(7, 2)
    assert before > store.size == 0
    store.add([(b"B", b"")], [b"9"])
    assert store.since([8], 9, [b"A", b"B"], [0, 0]) == ([b"9"], 9)


def test_a_number_spent_on_nothing_belongs_to_nobody() -> None:
    store = filled([(b"A", 2)])
    store.skip()
    store.add([(b"A", b"")], [b"4"])
    assert store.since([0], 4, [b"A"], [0]) == ([b"1", b"2", b"4"], 4)


def hold(symbols: int, a_batch: int, batches: int) -> tuple[int, int]:
    """Fill a ring of 32 MiB; return the bytes that it says it holds, and those by which this process grew."""
    chance = random.Random(1)
    names = [f"S{at:05}" for at in range(symbols)]
    counts = [int(10 ** chance.uniform(0, 6)) for _ in names]
    before, ring = psutil.Process().memory_info().rss, Ring(1, 3600, 32 << 20)
    ring.restart([(0, EPOCH, START)])
    for ms in range(2, batches):
        lines = []
        for at in chance.choices(range(symbols), k=a_batch):
            counts[at] += 1
            tick = f'"t":{ms}123456,"p":{10 ** chance.uniform(0, 4):.2f},"s":{chance.randrange(1, 5000)}'
            lines.append(
                f'{names[at]}\t{{"S":"{names[at]}","q":{counts[at]},{tick},"v":{123 * counts[at]}}}\n'
            )
        data = f"2 {EPOCH} {ms}-0 {ms - 1}-0 {ms * 1000} {a_batch} 0 0\n{''.join(lines)}"
        batch = decode_batch(data.encode())
        ring.hold(0, batch, batch_events(batch.ticks, ring.begin(0, batch)))
    return ring.size, psutil.Process().memory_info().rss - before


@pytest.mark.parametrize(
    ("symbols", "a_batch", "batches"), [(500, 50, 5000), (500, 2, 70_000), (5000, 200, 1000)]
)
def test_what_a_full_ring_says_it_holds_is_what_the_process_grew_by(
    symbols: int, a_batch: int, batches: int
) -> None:
    # In a process of its own, which has no room left over from other tests.
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        said, grown = pool.submit(hold, symbols, a_batch, batches).result()
    assert 31 << 20 < said <= 32 << 20
    assert 0.8 < grown / said < 1.2
