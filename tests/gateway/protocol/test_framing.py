"""How events become the bytes of one frame."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.client.sse import SseParser
from tickcast.gateway.protocol import sse
from tickcast.gateway.protocol.events import ARRAY_BYTES, batch_events, gather_ticks, newest_events
from tickcast.gateway.protocol.framing import Framing

other = st.sampled_from([sse.event("gap", {"reason": "slow"}), sse.event("snapshot", b"[]", "s")])
runs = st.lists(st.integers(0, 99).map(lambda q: b'{"S":"A","q":%d}' % q), min_size=1, max_size=5)


def test_a_frame_is_one_chunk_of_its_events() -> None:
    events = batch_events([(b"A", b"{}"), (b"B", b"{}")], "c")
    assert Framing().frame(events) == sse.chunk(b"".join(events))


@given(
    st.lists(
        runs.map(lambda jsons: batch_events([(b"A", each) for each in jsons], "c")) | other.map(lambda e: [e])
    )
)
def test_an_array_holds_the_same_ticks_in_the_same_order_and_the_same_last_cursor(
    parts: list[list[bytes]],
) -> None:
    events = [event for part in parts for event in part]
    plain, packed = SseParser(), SseParser()
    found = []
    for event in packed.feed(b"".join(gather_ticks(events))):
        ticks = json.loads(event.data) if event.type == b"ticks" else [json.loads(event.data)]
        found += [(event.type.removesuffix(b"s"), tick) for tick in ticks]
    expected = [(event.type, json.loads(event.data)) for event in plain.feed(b"".join(events))]
    assert found == expected
    assert packed.last_event_id == plain.last_event_id


@pytest.mark.parametrize("width", [1, 100, 999, 50_000])
def test_a_large_array_comes_in_several_events_each_with_the_cursor_of_its_last_tick(width: int) -> None:
    texts = [b'{"S":"%d","x":"%b"}' % (place, b"x" * width) for place in range(300_000 // (width + 20))]
    events = batch_events([(b"A", text) for text in texts], "c")
    found = SseParser().feed(b"".join(gather_ticks(events)))
    held = 0
    for event in found:
        ticks = json.loads(event.data)
        held += len(ticks)
        assert event.id == (b"c" if held == len(texts) else b"c.%d" % held)
        assert len(event.data) <= ARRAY_BYTES or len(ticks) == 1
        assert event is found[-1] or len(event.data) > ARRAY_BYTES - width - 30
    assert held == len(texts)


def test_of_large_conflated_arrays_the_last_alone_moves_the_cursor() -> None:
    texts = [b'{"x":"%b"}' % (b"x" * 1000)] * 100
    found = SseParser().feed(b"".join(gather_ticks(newest_events(texts, "c"))))
    assert [event.id for event in found] == [b"", b"", b"c"]


def test_conflated_ticks_keep_the_cursor_of_the_last_one() -> None:
    assert gather_ticks(newest_events([b"{}", b"{}"], "c")) == [b"event: ticks\ndata: [{},{}]\nid: c\n\n"]
