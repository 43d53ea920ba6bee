"""Event streams as bytes: what a browser reads out of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.client.sse import Event, SseParser
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.events import (
    ARRAY_BYTES,
    batch_events,
    gather_ticks,
    heartbeat,
    newest_events,
    snapshot_events,
)

json_texts = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=40).map(
    lambda text: json.dumps({"S": text}).encode("ascii")
)
cursors = st.from_regex(r"[A-Za-z0-9_-]{4,30}(\.[0-9]{1,3})?", fullmatch=True)


def parsed(body: bytes) -> list[Event]:
    return SseParser().feed(body)


@pytest.mark.parametrize(
    ("made", "wire"),
    [
        (sse.event("hello", {"a": 1, "b": "é"}), b'event: hello\ndata: {"a":1,"b":"\xc3\xa9"}\n\n'),
        (sse.event("tick", b"{}", "c.1"), b"event: tick\ndata: {}\nid: c.1\n\n"),
        (sse.retry(1500), b"retry: 1500\n"),
        (sse.chunk(b"a" * 26), b"1a\r\n" + b"a" * 26 + b"\r\n"),
    ],
)
def test_bytes_are_those_of_the_standards(made: bytes, wire: bytes) -> None:
    assert made == wire


@given(json_texts, st.none() | cursors, cursors)
def test_a_cursor_is_read_and_replaced_wherever_there_is_one(
    data: bytes, cursor: str | None, other: str
) -> None:
    made = sse.event("tick", data, cursor)
    assert sse.cursor_of(made) == (cursor or "")
    assert sse.with_cursor(made, other) == sse.event("tick", data, other)


@given(st.lists(json_texts, min_size=1, max_size=5), st.lists(json_texts, max_size=3), st.booleans())
def test_the_id_is_the_last_line_of_an_event_so_a_cut_before_it_moves_no_cursor(
    ticks: list[bytes], bars: list[bytes], array: bool
) -> None:
    events = batch_events([(b"A", text) for text in ticks], "c", [(b"A\t1s", text) for text in bars])
    events += newest_events(ticks, "d", events[len(ticks) :])
    events += snapshot_events(ticks, "e", bars)
    events += [heartbeat("live", 1, "f")]
    for event in gather_ticks(events) if array else events:
        names = [line.partition(b": ")[0] for line in event.removesuffix(b"\n\n").split(b"\n")]
        assert names in ([b"event", b"data", b"id"], [b"event", b"data"])


@given(st.sampled_from(["hello", "tick", "gap"]), json_texts, st.none() | cursors)
def test_an_event_parses_back(name: str, data: bytes, cursor: str | None) -> None:
    assert parsed(sse.event(name, data, cursor)) == [Event(name.encode(), data, (cursor or "").encode())]


@given(st.lists(json_texts, min_size=1, max_size=20), cursors.filter(lambda text: "." not in text))
def test_each_tick_of_a_batch_has_its_place_and_the_last_the_whole_batch(
    jsons: list[bytes], cursor: str
) -> None:
    events = batch_events([(b"A", text) for text in jsons], cursor)
    found = parsed(b"".join(events))
    assert [event.data for event in found] == jsons
    places = [f"{cursor}.{place}" for place in range(1, len(jsons))]
    assert [event.id.decode() for event in found] == [*places, cursor]


@given(st.lists(json_texts, max_size=5), st.lists(json_texts, max_size=5), st.just("cursor"))
def test_bars_have_the_places_behind_the_ticks_of_their_batch(
    ticks: list[bytes], bars: list[bytes], cursor: str
) -> None:
    events = batch_events([(b"A", text) for text in ticks], cursor, [(b"A\t1s", text) for text in bars])
    found = parsed(b"".join(events))
    assert [event.type for event in found] == [b"tick"] * len(ticks) + [b"bar"] * len(bars)
    assert [event.data for event in found] == ticks + bars
    places = [f"{cursor}.{place}" for place in range(1, len(found))]
    assert [event.id.decode() for event in found] == [*places, cursor][: len(found)]


def test_behind_the_newest_come_the_bars_with_their_own_cursors_and_the_last_has_that_of_all() -> None:
    bars = batch_events([], "old", [(b"A\t1s", b"1"), (b"A\t1s", b"2")])
    found = parsed(b"".join(newest_events([b"0"], "new", bars)))
    assert [(event.type, event.data, event.id) for event in found] == [
        (b"tick", b"0", b""),
        (b"bar", b"1", b"old.1"),
        (b"bar", b"2", b"new"),
    ]


def test_behind_a_snapshot_come_the_bars_and_the_last_alone_has_a_cursor() -> None:
    found = parsed(b"".join(snapshot_events([b"0"], "c", [b"1", b"2"])))
    assert [(event.type, event.id) for event in found] == [(b"snapshot", b""), (b"bar", b""), (b"bar", b"c")]


@given(st.lists(json_texts, max_size=20), cursors)
def test_of_the_newest_ticks_the_last_alone_moves_the_cursor(jsons: list[bytes], cursor: str) -> None:
    events = newest_events(jsons, cursor)
    assert [event.data for event in parsed(b"".join(events))] == jsons
    ids = [sse.cursor_of(event) for event in events]
    assert ids == [""] * (len(jsons) - 1) + [cursor] * bool(jsons)


@given(st.lists(json_texts, max_size=20), cursors)
def test_a_snapshot_parses_back_as_one_array(jsons: list[bytes], cursor: str) -> None:
    (event,) = parsed(b"".join(snapshot_events(jsons, cursor)))
    assert json.loads(event.data) == [json.loads(text) for text in jsons]
    assert (event.type, event.id) == (b"snapshot", cursor.encode())


def test_a_large_snapshot_comes_in_several_events_and_only_the_last_moves_the_cursor() -> None:
    jsons = [b'{"S":"%d","x":"%b"}' % (number, b"x" * 1000) for number in range(200)]
    events = snapshot_events(jsons, "cursor")
    assert len(events) == 5
    found = parsed(b"".join(events))
    assert max(len(event.data) for event in found) <= ARRAY_BYTES
    assert [tick for event in found for tick in json.loads(event.data)] == [
        json.loads(each) for each in jsons
    ]
    assert [event.id for event in found] == [b""] * 4 + [b"cursor"]


def test_an_empty_snapshot_is_still_told() -> None:
    assert snapshot_events([], "c") == [b"event: snapshot\ndata: []\nid: c\n\n"]


@given(st.binary(min_size=1, max_size=300))
def test_a_chunk_opens_to_what_was_put_in(body: bytes) -> None:
    assert sse.unchunk(sse.chunk(body)) == body
