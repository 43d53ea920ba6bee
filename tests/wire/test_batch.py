import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import bars, epochs, notices, positions, ticks
from tickcast.wire.bar import bar_key, encode_bar, symbol_of
from tickcast.wire.batch import VERSION, Batch, BatchError, decode_batch, encode_lines
from tickcast.wire.bounds import MAX_BATCH_BYTES, MAX_BATCH_TICKS
from tickcast.wire.notice import NoticeLine, encode_notice
from tickcast.wire.position import Position
from tickcast.wire.tick import Tick, encode_tick

EPOCH = "0123456789abcdef"
HEADER = b"2 0123456789abcdef 5-1 5-0 1795384800123456 %d 0 0\n"


def whole(batch: Batch) -> bytes:
    """Return the batch as publish.lua puts it together."""
    counts = map(len, (batch.ticks, batch.bars, batch.notices))
    words = (VERSION, batch.epoch, batch.id, batch.prev, batch.sent, *counts)
    bars = [(symbol_of(key), json) for key, json in batch.bars]
    said = [(line.symbol, line.json) for line in batch.notices]
    return " ".join(map(str, words)).encode() + b"\n" + encode_lines(batch.ticks + bars + said)


def pairs(ticks: list[Tick]) -> list[tuple[bytes, bytes]]:
    """Return the ticks as (symbol, JSON)."""
    return [(tick.symbol.encode(), encode_tick(tick, q)) for q, tick in enumerate(ticks)]


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    prev, own = sorted((draw(positions), draw(positions)))
    lines = pairs(draw(st.lists(ticks, min_size=1, max_size=5))) if prev != own else []
    formed = draw(st.lists(bars, max_size=3)) if lines else []
    held = [(bar_key(bar.symbol.encode(), bar.interval), encode_bar(bar)) for bar in formed]
    said = draw(st.lists(notices, max_size=3)) if lines else []
    told = [NoticeLine(each.symbol.encode(), encode_notice(each), each) for each in said]
    return Batch(draw(epochs), own, prev, draw(st.integers(0, 10**16 - 1)), lines, held, told)


@given(batches())
def test_a_batch_survives_the_wire(batch: Batch) -> None:
    assert decode_batch(whole(batch)) == batch


@given(batches(), st.data())
def test_a_batch_cut_short_is_refused(batch: Batch, data: st.DataObject) -> None:
    text = whole(batch)
    with pytest.raises(BatchError):
        decode_batch(text[: data.draw(st.integers(0, len(text) - 1))])


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: HEADER % 1 + tail))
@example(b'2 0123456789abcdef 05-01 5-0 01 01 0 0\nA\t{"S":"A","q":1}\n')
def test_any_bytes_are_a_batch_or_refused(data: bytes) -> None:
    try:
        batch = decode_batch(data)
    except BatchError:
        return
    # The numbers of a header may have zeros before them; of the lines, every byte is kept.
    assert decode_batch(whole(batch)) == batch
    assert whole(batch).partition(b"\n")[2] == data.partition(b"\n")[2]


@given(batches(), st.data())
def test_a_batch_with_a_byte_changed_is_refused_or_still_one_of_lines(
    batch: Batch, data: st.DataObject
) -> None:
    text = bytearray(whole(batch))
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = decode_batch(bytes(text))
    except BatchError:
        return
    assert not any(byte in json for _, json in found.ticks + found.bars for byte in (b"\n", b"\r", b"\0"))


def test_a_heartbeat_has_no_ticks_and_stays_where_it_is() -> None:
    beat = decode_batch(b"2 %b 5-1 5-1 1795384800123456 0 0 0\n" % EPOCH.encode())
    assert beat == Batch(EPOCH, Position(5, 1), Position(5, 1), 1795384800123456, [])
    assert beat.is_heartbeat
    assert not decode_batch(HEADER % 1 + b'A\t{"S":"A","q":1}\n').is_heartbeat


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "header .* expected: 2 EPOCH ID PREV SENT COUNT BARS NOTICES"),
        (b"2 0123456789abcdef 5-1 5-1 1 0 0\n", "header .* expected: 2 EPOCH"),
        (b"1 0123456789abcdef 5-1 5-1 1 0 0\n", "a batch of version 1; version 2 is needed"),
        (b"3 more fields in a later version\n", "a batch of version 3; version 2 is needed"),
        (b"2 0123456789ABCDEF 5-1 5-1 1 0 0 0\n", "epoch .* 16 hexadecimal digits"),
        (b"2 0123456789abcdef 5-1 5-1 -1 0 0 0\n", "SENT, COUNT, BARS and NOTICES are whole numbers"),
        (b"2 0123456789abcdef 5-1 5-1 1 x 0 0\n", "SENT, COUNT, BARS and NOTICES are whole numbers"),
        (b"2 0123456789abcdef 5-1 5-1 1 0 0 x\n", "SENT, COUNT, BARS and NOTICES are whole numbers"),
        (b"2 0123456789abcdef 5 5-1 1 0 0 0\n", "not a position"),
        (b"2 0123456789abcdef 5-1 5-2 1 0 0 0\n", "id 5-1 after 5-2"),
        (b"2 0123456789abcdef 5-2 5-1 1 0 0 0\n", "id 5-2 after 5-1 with 0 lines"),
        (b'2 0123456789abcdef 5-1 5-1 1 1 0 0\nA\t{"S":"A","q":1}\n', "id 5-1 after 5-1 with 1 lines"),
        (b'2 0123456789abcdef 5-1 5-0 1 0 1 0\nA\t{"S":"A","q":1}\n', "expected a bar"),
        (b'2 0123456789abcdef 5-1 5-0 1 0 0 1\nA\t{"S":"A","q":1}\n', "neither retires a symbol nor gives"),
        (b'2 0123456789abcdef 5-1 5-0 1 0 0 1\nA\t{"S":"A","retired":"x"}\n', "neither retires a symbol nor"),
        (b"2 0123456789abcdef 5-1 5-0 1 0 4097 0\n", "at most 4096, 4096 and 4096"),
        (b"2 0123456789abcdef 5-1 5-0 1 0 0 4097\n", "at most 4096, 4096 and 4096"),
        (HEADER % 2 + b'A\t{"S":"A","q":1}\n', "1 lines, the header says 2 and 0 and 0"),
        (HEADER % 1 + b'A\t{"S":"A","q":1}', "JSON<LF>"),
        (HEADER % 1 + b'A\t{"S":"A","q":1}\r\n', "printable ASCII"),
        (HEADER % 1 + b'A\t{"S":"A",\0"q":1}\n', "printable ASCII"),
        (HEADER % 1 + '\u00c4\t{"S":"\u00c4","q":1}\n'.encode(), "printable ASCII"),
        (HEADER % 1 + b'A\t{"S":"B","q":1}\n', "of that symbol"),
        (HEADER % 1 + b'A {"S":"A","q":1}\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'A\t{"S":"A","q":1\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'A\t{"S":"A","q":1}\t\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'\t{"S":"","q":1}\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'A,B\t{"S":"A,B","q":1}\n', "line b'A,B.* expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'A \t{"S":"A ","q":1}\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'..\t{"S":"..","q":1}\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'x A\t{"S":"A","q":1}\n', "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'%b\t{"S":"%b",}\n' % (b"A" * 65, b"A" * 65), "expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b'A\t{"S":"A","q":1}\n\n', "line b''; expected SYMBOL<TAB>JSON"),
        (HEADER % 1 + b"\n", "expected SYMBOL<TAB>JSON"),
        (HEADER % 0 + b"\n", "line b''; expected SYMBOL"),
        (b" " * (MAX_BATCH_BYTES + 1), f"at most {MAX_BATCH_BYTES}"),
    ],
)
def test_the_refusal_says_where_the_bytes_differ_from_a_batch(data: bytes, message: str) -> None:
    with pytest.raises(BatchError, match=message) as caught:
        decode_batch(data)
    assert len(str(caught.value)) < 300


def test_a_batch_of_more_ticks_than_allowed_is_refused() -> None:
    line = b'A\t{"S":"A","q":1}\n'
    assert len(decode_batch(HEADER % MAX_BATCH_TICKS + line * MAX_BATCH_TICKS).ticks) == MAX_BATCH_TICKS
    with pytest.raises(BatchError, match=f"at most {MAX_BATCH_TICKS}"):
        decode_batch(HEADER % (MAX_BATCH_TICKS + 1) + line * (MAX_BATCH_TICKS + 1))
