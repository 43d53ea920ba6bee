"""Batches: any bytes in a channel or a log are a batch, exactly, or refused in words."""

from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.hostile import damaged, filled
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.support.ticks import bars, epochs, notices, positions, ticks
from tickcast.wire.bar import encode_bar, interval_of, symbol_of
from tickcast.wire.batch import Batch, BatchError, decode_batch, encode_lines
from tickcast.wire.bounds import MAX_BATCH_BYTES
from tickcast.wire.notice import encode_notice
from tickcast.wire.symbol import parse_symbol
from tickcast.wire.tick import encode_tick


@st.composite
def batches(draw: st.DrawFn) -> bytes:
    lines = [
        [(tick.symbol.encode(), encode_tick(tick, 7)) for tick in draw(st.lists(ticks, max_size=3))],
        [(bar.symbol.encode(), encode_bar(bar)) for bar in draw(st.lists(bars, max_size=2))],
        [(each.symbol.encode(), encode_notice(each)) for each in draw(st.lists(notices, max_size=2))],
    ]
    before, own = sorted(draw(st.tuples(positions, positions)))
    return written(draw(epochs), own, before, draw(st.integers(0, 10**16 - 1)), lines)


def written(
    epoch: str, own: object, before: object, sent: int, lines: list[list[tuple[bytes, bytes]]]
) -> bytes:
    counts = " ".join(str(len(each)) for each in lines)
    return f"2 {epoch} {own} {before} {sent} {counts}\n".encode() + b"".join(map(encode_lines, lines))


def encoded(batch: Batch) -> bytes:
    held = [(symbol_of(key), json) for key, json in batch.bars]
    said = [(line.symbol, line.json) for line in batch.notices]
    return written(batch.epoch, batch.id, batch.prev, batch.sent, [batch.ticks, held, said])


def check(batch: Batch) -> None:
    """Be sure that a batch is one that could be sent on."""
    assert decode_batch(encoded(batch)) == batch
    for symbol, json in [*batch.ticks, *((symbol_of(key), json) for key, json in batch.bars)]:
        parse_symbol(symbol.decode("ascii"))
        assert json.isascii()
        assert json.decode().isprintable()
    assert all(b'"i":"%b"' % interval_of(key).encode() in json for key, json in batch.bars)
    for line in batch.notices:
        assert encode_notice(line.notice) == line.json


STATE = b'2 0000000000000000 2-0 1-0 1 0 0 1\nA\t{"S":"A","state":"halted","since":%b}\n'


@fuzzed()
@given(damaged(batches()))
@example(STATE % b"0017")
@example(STATE % b"9999999999999999")
def test_any_bytes_are_a_batch_or_refused(data: bytes) -> None:
    found = tried(BatchError, decode_batch, data)
    if isinstance(found, Batch):
        check(found)


HOSTILE = [
    b".",
    b" ",
    b"A",
    b"\t",
    b'A\t{"S":"A",}\n',
    b'A\t{"S":"A",',
    b"}",
    b"\n",
    b'{"S":"',
    b". . ",
    b"\xff",
]


@fuzzed(8, cost=100)
@given(filled(HOSTILE, MAX_BATCH_BYTES - 200), st.sampled_from([b"0 0 0", b"4096 0 0", b"0 4096 4096"]))
def test_the_longest_batch_is_judged_quickly(payload: bytes, counts: bytes) -> None:
    data = b"2 0000000000000000 2-0 1-0 1 " + counts + b"\n" + payload
    with bounded(seconds=4, mib=400):
        tried(BatchError, decode_batch, data)
