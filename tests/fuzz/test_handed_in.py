"""Bodies of ticks handed in over HTTP: each is unpacked and read within bounds, or refused as a problem."""

import gzip
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import as_bytes, damaged, filled, values, written
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.fuzz.test_inbox import CASES, tick_lines
from tickcast.publisher.http.body import JSON, NDJSON, coding, media_type, unpack
from tickcast.publisher.http.ticks import KEPT_REASON, Checked, check, read_lines
from tickcast.publisher.sources.times import Times
from tickcast.runtime.problem import Problem
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES
from tickcast.wire.inbox import decode_entry
from tickcast.wire.layout import Layout

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACK = {"gzip": lambda body: gzip.compress(body, 1), "zstd": zstd.compress, "identity": bytes}
codings = st.sampled_from([*PACK])
kinds = st.sampled_from([NDJSON, JSON])
objects = (tick_lines | values).map(written)
bodies = st.one_of(
    st.lists(objects, max_size=4).map("\n".join).map(as_bytes),
    st.lists(objects, max_size=4).map(lambda each: as_bytes(f"[{','.join(each)}]")),
)


def read(body: bytes, kind: str, layout: Layout) -> Checked | Problem:
    """Read a body, as the server does."""
    lines = tried(Problem, read_lines, body, kind)
    if isinstance(lines, Problem):
        return lines
    assert len(lines) <= MAX_ENTRY_LINES
    found, now = Checked(), time.time_ns() // 1000
    for line in lines:
        check(line, layout, Times("us", 60), now, found)
    assert found.valid + len(found.refused) == len(lines)
    assert all(len(each.reason) <= KEPT_REASON for each in found.refused)
    for held in found.by_partition.values():
        entry = decode_entry({b"d": b"\n".join(held)}, now, layout.case)
        # What is handed in is what the leader takes.
        assert (len(entry.ticks), entry.faults) == (len(held), [])
    return found


@fuzzed(200)
@given(damaged(bodies), kinds, st.builds(Layout, st.sampled_from([1, 7]), st.sampled_from(CASES)))
def test_any_body_is_lines_that_are_taken_or_refused(body: bytes, kind: str, layout: Layout) -> None:
    read(body, kind, layout)


@fuzzed(200)
@given(codings.flatmap(lambda name: st.tuples(st.just(name), damaged(bodies.map(PACK[name])))))
def test_any_packed_body_is_unpacked_or_refused(packed: tuple[str, bytes]) -> None:
    name, body = packed
    with bounded(mib=16):
        found = tried(Problem, unpack, body, name)
    assert isinstance(found, Problem) or len(found) <= MAX_ENTRY_BYTES


EMPTY = {
    "gzip": [gzip.compress(b""), gzip.compress(b"A"), gzip.compress(b"\n" * 1000)],
    "zstd": [
        zstd.compress(b""),
        zstd.compress(b"A"),
        b"\x50\x2a\x4d\x18\0\0\0\0",
        zstd.compress(b"\n" * 1000),
    ],
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_body_of_very_many_packed_pieces_is_judged_quickly(name: str) -> None:
    @fuzzed(8, cost=50)
    @given(filled(EMPTY[name], MAX_ENTRY_BYTES))
    def judge(body: bytes) -> None:
        with bounded(seconds=0.5, mib=16):
            tried(Problem, unpack, body, name)

    judge()


@fuzzed(10, cost=50)
@given(
    filled(
        [b"[", b"0,", b"\n", b'"', b"{", b"[[],", b'{"S":"A","p":1}\n', b"\\u0000", b" "], MAX_ENTRY_BYTES
    ),
    kinds,
)
def test_the_longest_body_is_judged_quickly(body: bytes, kind: str) -> None:
    with bounded(seconds=2, mib=64):
        read(body, kind, Layout(1, "upper"))
        read(b"[0," + body[: MAX_ENTRY_BYTES - 10].rstrip(b",") + b"]", kind, Layout(1, "upper"))


@fuzzed()
@given(st.dictionaries(st.sampled_from(["content-type", "content-encoding"]), st.text(max_size=40)))
def test_any_fields_name_a_form_or_are_refused(headers: dict[str, str]) -> None:
    for of in (media_type, coding):
        found = tried(Problem, of, headers)
        if isinstance(found, Problem):
            assert found.status == 415
            found.as_response()
