"""What a delayer keeps for its feed is read, or refused in words, whatever it is, and nothing is early."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import damaged, filled
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.fuzz.test_batches import batches
from tests.fuzz.test_inbox import entries
from tickcast.publisher.delay.clock import FeedClock
from tickcast.publisher.delay.entries import Builder, description_of, due, has_lines, lines_of
from tickcast.publisher.delay.host import read_host
from tickcast.publisher.delay.kept import Kept
from tickcast.wire.batch import BatchError, decode_batch
from tickcast.wire.bounds import MAX_BATCH_BYTES, MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.inbox import decode_description, decode_entry

TIME = 1_795_384_800_000_000
packed = damaged(st.binary(max_size=200).map(zlib.compress), most=2)
times = st.sampled_from([b"1795384800000000", b"-1", b"", b"1e3", b"9" * 16, b"9" * 17, b"\xd9\xa3"])


def read(fields: dict[bytes, bytes]) -> None:
    """Read what is held, as the reader does."""
    at = due(fields)
    assert at is None or 0 <= at < 10**16
    plain = tried(ValueError, lines_of, fields)
    if isinstance(plain, ValueError):
        assert str(plain).startswith("z: ")
        return
    assert b"z" not in plain
    assert has_lines(plain) == has_lines(fields)
    if b"z" in fields:
        assert len(plain[b"d"]) <= MAX_ENTRY_BYTES
    decode_entry(plain, TIME)


@fuzzed()
@given(
    entries, st.fixed_dictionaries({}, optional={b"z": packed, b"at": times, b"src": st.binary(max_size=4)})
)
def test_any_entry_is_read_or_refused(fields: dict[bytes, bytes], more: dict[bytes, bytes]) -> None:
    read(fields | more)


@fuzzed(12, cost=40)
@given(filled([b"\0", b"\n", b'{"S":"A","p":1}\n', b"A" * 70], 32 * 1024 * 1024))
def test_lines_that_unpack_to_very_many_take_no_more_memory_than_an_entry_may(text: bytes) -> None:
    fields = {b"z": zlib.compress(text, 1)}
    with bounded(mib=2):
        read(fields)


@fuzzed()
@given(damaged(batches()))
def test_what_becomes_of_any_batch_keeps_within_the_bounds(data: bytes) -> None:
    batch = tried(BatchError, decode_batch, data)
    if isinstance(batch, BatchError):
        return
    builder = Builder()
    builder.add(batch)
    for fields in builder.entries():
        plain = lines_of(fields)
        lines = [
            line for name in (b"i", b"d", b"h", b"r") for line in plain.get(name, b"").split(b"\n") if line
        ]
        assert len(lines) <= MAX_ENTRY_LINES
        read(fields)


def test_a_batch_of_one_endless_line_is_kept_and_refused() -> None:
    head = b'2 0000000000000000 2-0 1-0 1 1 0 0\nA\t{"S":"A",'
    data = head + b"0" * (MAX_BATCH_BYTES - len(head) - 2) + b"}\n"
    builder = Builder()
    builder.add(decode_batch(data))
    for fields in builder.entries():
        with bounded(mib=2):
            read(fields)


@fuzzed()
@given(damaged(entries.map(lambda fields: fields.get(b"i", b"{}"))))
def test_a_description_is_one_that_a_producer_may_give_or_none(json: bytes) -> None:
    if (found := description_of(json)) is not None:
        decode_description(found)


numbers = st.sampled_from([0, 1, TIME - 1, TIME, TIME + 9 * 10**8, 10**16 - 1, 10**16])
leaps = st.lists(st.tuples(numbers, numbers).map(lambda pair: b" %d-%d" % pair), max_size=4).map(b"".join)
notes = damaged(
    st.tuples(numbers, numbers, st.sampled_from([b"-", b"1a-2b"]), numbers, leaps).map(
        lambda parts: b"%d %d %b %d%b" % parts
    ),
    most=2,
)


@fuzzed()
@given(notes, numbers)
def test_whatever_a_delayer_finds_as_a_note_makes_nothing_older(note: bytes, at: int) -> None:
    clock = FeedClock(60)
    known = clock.recall(note)
    assert clock.observe(TIME, read_host()) >= 0
    age, now = clock.age(at), clock.now()
    assert age is not None
    assert now is not None
    assert age <= now + 1_000_000 - at
    if not known:
        # All that waited counts from now on.
        assert age <= 1_000_000 or at > TIME
    assert FeedClock(60).recall(clock.note().encode())


@fuzzed()
@given(st.lists(damaged(st.sampled_from([b"1-1", b"%d-0" % TIME, b"0-0"])), max_size=5))
def test_whatever_stands_as_an_id_makes_nothing_due_at_once(ids: list[bytes]) -> None:
    kept = Kept(900 * 1_000_000)
    for each in ids:
        kept.note(each.decode("ascii", "replace"))
    assert all(kept.overdue(each.decode("ascii", "replace")) < -890 for each in ids)
