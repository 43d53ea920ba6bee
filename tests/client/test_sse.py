"""The event stream parser, against the standard's examples and however its bytes are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.client.sse import Event, SseParser

VECTORS = {
    "bom": (b"\xef\xbb\xbfdata:1\n\n\xef\xbb\xbfdata:2\n\ndata:3\n\n", [b"1", b"3"]),
    "two boms": (b"\xef\xbb\xbf\xef\xbb\xbfdata:1\n\ndata:2\n\n", [b"2"]),
    "comments": (b"data:1\r:\0\n:\r\ndata:2\n:x\rdata:3\n:data:fail\n\n", [b"1\n2\n3"]),
    "unfinished event": (b"data: one\n\ndata: cut", [b"one"]),
    "empty data": (b"data:\n\ndata\ndata\n\ndata:test\n\n", [b"", b"\n", b"test"]),
    "one space": (b"data:  two\n\ndata:\tthree\n\n", [b" two", b"\tthree"]),
    "unknown fields": (b"data:test\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n", [b"test\n"]),
    "line ends": (b"data:a\r\n\r\ndata:b\r\rdata:c\n\n", [b"a", b"b", b"c"]),
    "nothing but blank lines": (b"\n\n\n\r\n\r\n", []),
    "case counts": (b"Data: x\ndata: y\n\n", [b"y"]),
}


@pytest.mark.parametrize(("stream", "expected"), VECTORS.values(), ids=VECTORS)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_streams_of_the_standard_are_read_alike_in_pieces_of_any_size(
    stream: bytes, expected: list[bytes], size: int
) -> None:
    parser = SseParser()
    events = []
    for start in range(0, len(stream), size):
        events += parser.feed(stream[start : start + size])
    assert [event.data for event in events] == expected


def test_an_event_has_its_type_and_the_last_id() -> None:
    events = SseParser().feed(b"id: 7\nevent: tick\ndata: a\n\ndata: b\n\nid\ndata: c\n\n")
    assert events == [Event(b"tick", b"a", b"7"), Event(b"message", b"b", b"7"), Event(b"message", b"c", b"")]


def test_an_id_without_data_moves_the_last_id_and_fires_nothing() -> None:
    parser = SseParser(b"old")
    assert parser.feed(b"id: new\n\n") == []
    assert parser.last_event_id == b"new"


def test_an_id_of_an_unfinished_event_does_not_count() -> None:
    parser = SseParser(b"old")
    parser.feed(b"id: new\ndata: x\n")
    assert parser.last_event_id == b"old"


def test_an_id_with_nul_is_ignored() -> None:
    parser = SseParser(b"old")
    parser.feed(b"id: a\0b\n\n")
    assert parser.last_event_id == b"old"


@pytest.mark.parametrize(
    ("line", "retry"), [(b"retry: 1500", 1500), (b"retry: 1e3", None), (b"retry: -1", None)]
)
def test_retry_takes_digits_only(line: bytes, retry: int | None) -> None:
    parser = SseParser()
    parser.feed(line + b"\n\n")
    assert parser.retry == retry


_TEXT = st.binary(max_size=20).map(lambda text: text.translate(None, b"\r\n\0"))


@given(
    events=st.lists(st.tuples(_TEXT, st.lists(_TEXT, min_size=1, max_size=3), _TEXT), max_size=5),
    line_end=st.sampled_from([b"\n", b"\r", b"\r\n"]),
    cuts=st.lists(st.integers(0, 400), max_size=20),
)
def test_what_is_written_is_read_wherever_it_is_cut(
    events: list[tuple[bytes, list[bytes], bytes]], line_end: bytes, cuts: list[int]
) -> None:
    stream, expected = b"", []
    for kind, lines, cursor in events:
        fields = [b"event: " + kind, *(b"data: " + line for line in lines), b"id: " + cursor, b""]
        stream += b"".join(field + line_end for field in fields)
        expected.append(Event(kind or b"message", b"\n".join(lines), cursor))
    parser, found = SseParser(), []
    edges = [0, *sorted(cuts), len(stream)]
    for start, stop in itertools.pairwise(edges):
        found += parser.feed(stream[start:stop])
    assert found == expected
